#include "ingest/paused_feeds.hpp"

#include "base/log.hpp"

namespace longshore::ingest {
namespace {

const std::string k_waits_for_reload = "paused until a reload: ";

}  // namespace

void PausedFeeds::pause(const Feed& feed, const std::string& reason) {
  const std::lock_guard lock{m_mutex};
  if (m_reasons.emplace(feed.name, k_waits_for_reload + reason).second)
    log::warn("feed \"{}\" is {}{}; its files wait", feed.name, k_waits_for_reload, reason);
}

bool PausedFeeds::contains(const Feed* feed) const {
  const std::lock_guard lock{m_mutex};
  return feed && m_reasons.contains(feed->name);
}

bool PausedFeeds::is_empty() const {
  const std::lock_guard lock{m_mutex};
  return m_reasons.empty();
}

std::map<std::string, std::string> PausedFeeds::reasons() const {
  const std::lock_guard lock{m_mutex};
  return m_reasons;
}

}  // namespace longshore::ingest
