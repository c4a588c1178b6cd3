#include "ingest/row_stream.hpp"

#include "base/crash_point.hpp"

namespace longshore::ingest {

RowStream::RowStream(store::Session& session, const Feed& feed, std::vector<std::int64_t> file_ids,
                     std::uint64_t window_bytes, std::vector<Reject>& rejects)
    : m_session(session), m_file_ids(std::move(file_ids)), m_window_bytes(window_bytes), m_rejects(rejects),
      m_window(feed) {
  m_counts.loaded.assign(m_file_ids.size(), 0);
}

void RowStream::row_added() {
  if (m_window.bytes() >= m_window_bytes)
    send();
}

store::LoadCounts RowStream::finish() {
  send();
  m_session.finish_load(m_window.feed(), m_file_ids, m_counts);
  return std::move(m_counts);
}

void RowStream::send() {
  if (m_window.empty())
    return;
  m_window.sort();
  crash_point("before_load");
  m_session.load(m_window, m_file_ids, m_counts);
  m_window.clear();
}

}  // namespace longshore::ingest
