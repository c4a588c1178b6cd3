// The files that are being read now, and how far each is: for the status line, and to find a file that is stuck.
// Any thread may use it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace longshore::ingest {

class ActiveReads {
 public:
  using Clock = std::chrono::steady_clock;

  // One file, listed while the entry lives. The name must outlive it.
  class Entry {
   public:
    Entry(ActiveReads& active_reads, const std::string& file, std::uint64_t size);
    ~Entry();
    Entry(const Entry&) = delete;

    // Bytes that were read. 0: the end of the file; the file cannot be stuck any more.
    void advance(std::size_t bytes);
    // Rows of it were sent: it is not stuck, although nothing is read.
    void report_progress() { m_last = Clock::now(); }

   private:
    friend class ActiveReads;
    ActiveReads& m_active_reads;
    const std::string& m_file;
    const std::uint64_t m_size;
    std::atomic<std::uint64_t> m_bytes{0};
    std::atomic<Clock::time_point> m_last;
    std::atomic<bool> m_has_ended{false};
  };

  struct Snapshot {
    std::string largest;  // "": no file is read
    double share = 0;     // of the largest file's bytes, 0 to 1
    std::string stuck;    // a file without progress for longer than `stuck_after`; "": none
  };
  Snapshot snapshot(std::chrono::milliseconds stuck_after) const;

 private:
  mutable std::mutex m_mutex;
  std::vector<const Entry*> m_entries;  // guarded by m_mutex
};

}  // namespace longshore::ingest
