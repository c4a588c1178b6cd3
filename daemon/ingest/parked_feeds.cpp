#include "ingest/parked_feeds.hpp"

#include "base/log.hpp"

#include <utility>

namespace longshore::ingest {
namespace {

constexpr unsigned k_most_warnings = 3;  // of one feed, until it loads a file

bool is_loaded(const File& file) {
  return file.row.status == store::Status::loaded || file.row.status == store::Status::partial;
}

}  // namespace

void ParkedFeeds::file_parked(const Feed& feed, const std::string& file_name, const Error& error) {
  const std::lock_guard lock{m_mutex};
  m_is_used = true;
  const unsigned in_a_row = ++m_in_a_row[feed.name];
  if (in_a_row <= k_most_warnings)
    log::warn("{}: parked, it is tried again at times: {}{}", file_name, error.what(),
              error.hint().empty() ? "" : "; hint: " + error.hint());
  if (in_a_row == k_most_parked_in_a_row)
    log::error("feed {} is stalled: {} files in a row were parked; its files wait until one of them loads: {}",
               feed.name, in_a_row, error.what());
}

void ParkedFeeds::job_committed(const Job& job) {
  const bool was_parked = !job.park_reason.empty();
  if (!m_is_used && !was_parked)
    return;
  const std::lock_guard lock{m_mutex};
  m_is_used = true;
  for (const File& file : job.files) {
    if (!file.feed || !is_loaded(file))
      continue;
    const std::string& feed = file.feed->name;
    const auto known = m_in_a_row.find(feed);
    const bool was_stalled = known != m_in_a_row.end() && known->second >= k_most_parked_in_a_row;
    if (known != m_in_a_row.end())
      m_in_a_row.erase(known);
    if ((was_stalled || was_parked) && m_resumed.insert(feed).second)
      log::info("feed {} loads its parked files again", feed);
  }
}

bool ParkedFeeds::is_stalled(const Feed* feed) const {
  if (!m_is_used || !feed)
    return false;
  const std::lock_guard lock{m_mutex};
  const auto known = m_in_a_row.find(feed->name);
  return known != m_in_a_row.end() && known->second >= k_most_parked_in_a_row;
}

std::set<std::string> ParkedFeeds::take_resumed() {
  if (!m_is_used)
    return {};
  const std::lock_guard lock{m_mutex};
  return std::exchange(m_resumed, {});
}

}  // namespace longshore::ingest
