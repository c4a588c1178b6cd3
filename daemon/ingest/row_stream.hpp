// Rows of one feed on their way into its tables, through two windows: while one is filled, a thread of the stream's own sends
// the other, so that decoding goes on beside the server's work.
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
  // In the open transaction of `session`, which is the stream's until pause() or finish() has returned. file_ids by
  // RowBatch::Row::file; rejects are added to `rejects` as they come. `claim` holds the files, for a crash to be counted. `sent` is
  // called on the sender's thread after each window.
  RowStream(store::Session& session, const Feed& feed, std::vector<std::int64_t> file_ids, std::uint64_t window_bytes,
            std::vector<Reject>& rejects, const spool::Claim& claim, std::function<void()> sent = {});
  // Waits for the window that is being sent.
  ~RowStream() override;

  // What the session throws while a window is sent, the next of these calls throws.
  RowBatch& window() override { return m_filling; }
  void row_added() override;
  void reject(Reject reject) override { m_rejects.push_back(std::move(reject)); }

  // Until the next row the session is the caller's.
  void pause();
  // After the last row: nothing is left in memory or aside.
  store::LoadCounts finish();

 private:
  void hand_over();
  void send_windows(const spool::Claim& claim);

  store::Session& m_session;
  std::vector<std::int64_t> m_file_ids;
  std::uint64_t m_window_bytes;
  std::uint64_t m_enough;  // bytes of the window that is being filled
  std::vector<Reject>& m_rejects;
  std::function<void()> m_sent;
  RowBatch m_filling;
  store::LoadCounts m_counts;

  std::mutex m_mutex;
  std::condition_variable m_changed;
  RowBatch m_sending;
  bool m_is_sending = false;
  bool m_is_closed = false;
  std::exception_ptr m_fault;
  std::jthread m_sender;
};

}  // namespace longshore::ingest
