#include "spool/landing/open_writers.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <ctime>

namespace longshore::spool {

std::chrono::milliseconds OpenWriters::wait_of(const std::string& place, const Candidate& file,
                                               std::chrono::milliseconds open_grace) {
  const Instant now = std::chrono::steady_clock::now();
  const std::lock_guard lock{m_mutex};
  auto at = m_found.find(place);
  const bool is_new = at == m_found.end();
  if (is_new) {
    make_room();
    at = m_found.emplace(place, Found{file, unchanged_since(file, now)}).first;
  } else if (!is_unchanged(at->second.file, file)) {
    at->second = {file, unchanged_since(file, now)};
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(open_grace - (now - at->second.since));
  if (is_new && left.count() > 0)
    log::info("{}: a process has it open: it is loaded when it is closed, or when it has not changed for {}",
              escape(file.name), short_duration(static_cast<std::uint64_t>(open_grace.count())));
  return std::max(left, std::chrono::milliseconds{0});
}

bool OpenWriters::contains(std::string_view place) const {
  const std::lock_guard lock{m_mutex};
  return m_found.contains(place);
}

void OpenWriters::forget(std::string_view place) {
  const std::lock_guard lock{m_mutex};
  if (const auto at = m_found.find(place); at != m_found.end())
    m_found.erase(at);
}

OpenWriters::Instant OpenWriters::unchanged_since(const Candidate& file, Instant now) const {
  if (!m_by_mtime)
    return now;
  timespec clock{};
  ::clock_gettime(CLOCK_REALTIME, &clock);
  return now - std::max(between(file.mtime, clock), std::chrono::nanoseconds{0});
}

void OpenWriters::make_room() {
  if (m_found.size() < m_limit)
    return;
  m_found.erase(std::ranges::min_element(m_found, {}, [](const auto& entry) { return entry.second.since; }));
}

}  // namespace longshore::spool
