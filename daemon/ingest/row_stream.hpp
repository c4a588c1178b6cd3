// Sends the rows of one feed into its tables, in windows, inside the caller's transaction.
// There are two windows: the decoder fills one while a thread of the stream sends the other.
// An error while a window is sent is thrown by the next call of row_added(), pause() or finish().
#pragma once

#include "decode/decode.hpp"
#include "spool/work/workspace.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace longshore::ingest {

class RowStream : public decode::Sink {
 public:
  // Uses the session until pause() or finish() has returned. file_ids are by RowBatch::Row::file. Rejects are added to
  // `rejects`. A crash of the sending thread is counted for `claim`. `sent` is called on that thread after each window.
  RowStream(store::Session& session, const Feed& feed, std::vector<std::int64_t> file_ids, std::uint64_t window_bytes,
            std::vector<Reject>& rejects, const spool::Claim& claim, std::function<void()> sent = {});
  // Waits for the window that is being sent.
  ~RowStream() override;

  RowBatch& window() override { return m_filling; }
  void row_added() override;
  void reject(Reject reject) override { m_rejects.push_back(std::move(reject)); }

  // Waits until the session is idle: the caller may use it until the next row.
  void pause();
  // After the last row: sends the last window, and completes the load.
  store::LoadCounts finish();

 private:
  void send_window();
  void send_windows(const spool::Claim& claim);

  store::Session& m_session;
  std::vector<std::int64_t> m_file_ids;
  std::uint64_t m_window_bytes;
  std::uint64_t m_fill_bytes;  // the window that is being filled is sent at this size
  std::vector<Reject>& m_rejects;
  std::function<void()> m_sent;
  RowBatch m_filling;
  store::LoadCounts m_counts;

  std::mutex m_mutex;
  std::condition_variable m_changed;
  RowBatch m_sending;  // of the sending thread while m_is_sending
  // guarded by m_mutex
  bool m_is_sending = false;
  bool m_is_closed = false;
  std::exception_ptr m_fault;
  std::jthread m_sender;
};

}  // namespace longshore::ingest
