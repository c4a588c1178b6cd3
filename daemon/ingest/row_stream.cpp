#include "ingest/row_stream.hpp"

#include "base/crash_hook.hpp"
#include "base/crash_point.hpp"
#include "spool/work/crash_counter.hpp"

#include <algorithm>
#include <utility>

namespace longshore::ingest {
namespace {

// The first window is smaller by this factor, and each one is twice as large as the one before, so that the server gets
// its first rows early.
constexpr std::uint64_t k_first_window = 8;

}  // namespace

RowStream::RowStream(store::Session& session, const Feed& feed, std::vector<std::int64_t> file_ids,
                     std::uint64_t window_bytes, std::vector<Reject>& rejects, const spool::Claim& claim,
                     std::function<void()> sent)
    : m_session(session), m_file_ids(std::move(file_ids)), m_window_bytes(window_bytes),
      m_fill_bytes(window_bytes / k_first_window), m_rejects(rejects), m_sent(std::move(sent)), m_filling(feed),
      m_sending(feed), m_sender([this, &claim] { send_windows(claim); }) {
  m_counts.loaded.assign(m_file_ids.size(), 0);
}

RowStream::~RowStream() {
  const std::lock_guard lock{m_mutex};
  m_is_closed = true;
  m_changed.notify_all();
}

void RowStream::row_added() {
  if (m_filling.bytes() >= m_fill_bytes)
    send_window();
}

void RowStream::send_window() {
  m_filling.sort();
  pause();
  std::swap(m_filling, m_sending);
  m_filling.clear();
  m_fill_bytes = std::min(2 * m_fill_bytes, m_window_bytes);
  const std::lock_guard lock{m_mutex};
  m_is_sending = true;
  m_changed.notify_all();
}

void RowStream::pause() {
  std::unique_lock lock{m_mutex};
  m_changed.wait(lock, [this] { return !m_is_sending; });
  if (m_fault)
    std::rethrow_exception(m_fault);
}

store::LoadCounts RowStream::finish() {
  if (!m_filling.empty())
    send_window();
  pause();
  m_session.finish_load(m_filling.feed(), m_file_ids, m_counts);
  return std::move(m_counts);
}

void RowStream::send_windows(const spool::Claim& claim) {
  const CrashStack stack;
  const spool::CrashCounter crash_counter{claim};
  for (;;) {
    {
      std::unique_lock lock{m_mutex};
      m_changed.wait(lock, [this] { return m_is_sending || m_is_closed; });
      if (!m_is_sending)
        return;
    }
    std::exception_ptr fault;
    try {
      crash_point("before_load");
      m_session.load(m_sending, m_file_ids, m_counts);
      if (m_sent)
        m_sent();
    } catch (...) {
      fault = std::current_exception();
    }
    const std::lock_guard lock{m_mutex};
    m_is_sending = false;
    m_fault = fault;
    m_changed.notify_all();
  }
}

}  // namespace longshore::ingest
