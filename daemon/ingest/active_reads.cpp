#include "ingest/active_reads.hpp"

#include <algorithm>

namespace longshore::ingest {

ActiveReads::Entry::Entry(ActiveReads& readings, const std::string& file, std::uint64_t size)
    : m_readings(readings), m_file(file), m_size(size), m_last(Clock::now()) {
  const std::lock_guard lock{m_readings.m_mutex};
  m_readings.m_entries.push_back(this);
}

ActiveReads::Entry::~Entry() {
  const std::lock_guard lock{m_readings.m_mutex};
  std::erase(m_readings.m_entries, this);
}

void ActiveReads::Entry::advance(std::size_t bytes) {
  m_bytes += bytes;
  m_last = Clock::now();
  m_has_ended = bytes == 0;
}

ActiveReads::Look ActiveReads::look(std::chrono::milliseconds patience) const {
  Look look;
  const auto now = Clock::now();
  const std::lock_guard lock{m_mutex};
  const auto largest = std::ranges::max_element(m_entries, {}, [](const Entry* entry) { return entry->m_size; });
  if (largest == m_entries.end())
    return look;
  look.file = (*largest)->m_file;
  const auto bytes = static_cast<double>((*largest)->m_bytes);
  look.share = bytes / static_cast<double>(std::max<std::uint64_t>((*largest)->m_size, 1));
  const auto is_stuck = [&](const Entry* entry) {
    return !entry->m_has_ended && now - entry->m_last.load() > patience;
  };
  if (const auto stuck = std::ranges::find_if(m_entries, is_stuck); stuck != m_entries.end())
    look.stuck = (*stuck)->m_file;
  return look;
}

}  // namespace longshore::ingest
