#include "ingest/active_reads.hpp"

#include <algorithm>

namespace longshore::ingest {

ActiveReads::Entry::Entry(ActiveReads& active_reads, const std::string& file, std::uint64_t size)
    : m_active_reads(active_reads), m_file(file), m_size(size), m_last(Clock::now()) {
  const std::lock_guard lock{m_active_reads.m_mutex};
  m_active_reads.m_entries.push_back(this);
}

ActiveReads::Entry::~Entry() {
  const std::lock_guard lock{m_active_reads.m_mutex};
  std::erase(m_active_reads.m_entries, this);
}

void ActiveReads::Entry::advance(std::size_t bytes) {
  m_bytes += bytes;
  m_last = Clock::now();
  m_has_ended = bytes == 0;
}

ActiveReads::Snapshot ActiveReads::snapshot(std::chrono::milliseconds stuck_after) const {
  Snapshot snapshot;
  const auto now = Clock::now();
  const std::lock_guard lock{m_mutex};
  const auto largest = std::ranges::max_element(m_entries, {}, [](const Entry* entry) { return entry->m_size; });
  if (largest == m_entries.end())
    return snapshot;
  snapshot.largest = (*largest)->m_file;
  const auto bytes = static_cast<double>((*largest)->m_bytes);
  snapshot.share = bytes / static_cast<double>(std::max<std::uint64_t>((*largest)->m_size, 1));
  const auto is_stuck = [&](const Entry* entry) {
    return !entry->m_has_ended && now - entry->m_last.load() > stuck_after;
  };
  if (const auto stuck = std::ranges::find_if(m_entries, is_stuck); stuck != m_entries.end())
    snapshot.stuck = (*stuck)->m_file;
  return snapshot;
}

}  // namespace longshore::ingest
