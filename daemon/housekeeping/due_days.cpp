#include "housekeeping/due_days.hpp"

#include "base/time.hpp"
#include "spool/archive/archive_listing.hpp"

#include <algorithm>
#include <utility>

namespace longshore::housekeeping {

std::vector<std::string> DueDays::at(std::int64_t now, std::int64_t cutoff) {
  if (now < std::exchange(m_now, now))
    m_next.clear();
  std::vector<std::string> days = spool::archive_days(m_directories, m_shelf, "", date_of(cutoff));
  std::erase_if(m_next, [&](const auto& known) { return !std::ranges::binary_search(days, known.first); });
  std::erase_if(days, [&](const std::string& day) {
    const auto next = m_next.find(day);
    return next != m_next.end() && next->second > now;
  });
  return days;
}

std::string date_of(std::int64_t micros) { return format_time(micros).substr(0, 10); }

std::int64_t micros_of(const std::string& time) { return parse_time(time).micros.value_or(0); }

}  // namespace longshore::housekeeping
