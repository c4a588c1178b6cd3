// The files that are being read at the moment, for those who ask how far they are, and whether they get on at all.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace longshore::ingest {

// Any thread.
class ActiveReads {
 public:
  using Clock = std::chrono::steady_clock;

  // One file, as long as it lives; the name is the caller's.
  class Entry {
   public:
    Entry(ActiveReads& readings, const std::string& file, std::uint64_t size);
    ~Entry();
    Entry(const Entry&) = delete;

    // So many bytes more; none: that was the end, and what is left is the database's part.
    void advance(std::size_t bytes);
    // A sign of life without any.
    void get_on() { m_last = Clock::now(); }

   private:
    friend class ActiveReads;
    ActiveReads& m_readings;
    const std::string& m_file;
    const std::uint64_t m_size;
    std::atomic<std::uint64_t> m_bytes{0};
    std::atomic<Clock::time_point> m_last;
    std::atomic<bool> m_has_ended{false};
  };

  struct Look {
    std::string file;   // the largest; "": none
    double share = 0;   // of its bytes, 0 to 1
    std::string stuck;  // one that has not got on for longer than the patience given; "": none
  };
  Look look(std::chrono::milliseconds patience) const;

 private:
  mutable std::mutex m_mutex;
  std::vector<const Entry*> m_entries;
};

}  // namespace longshore::ingest
