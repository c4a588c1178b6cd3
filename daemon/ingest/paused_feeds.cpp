#include "ingest/paused_feeds.hpp"

#include "base/log.hpp"

namespace longshore::ingest {
namespace {

std::string line_of(const std::string& feed, const std::string& reason) {
  return "feed \"" + feed + "\" is paused until a reload: " + reason;
}

}  // namespace

void PausedFeeds::pause(const Feed& feed, const std::string& reason) {
  const std::lock_guard lock{m_mutex};
  if (m_reasons.emplace(feed.name, reason).second)
    log::warn("{}; its files wait", line_of(feed.name, reason));
}

bool PausedFeeds::contains(const Feed* feed) const {
  const std::lock_guard lock{m_mutex};
  return feed && m_reasons.contains(feed->name);
}

bool PausedFeeds::is_empty() const {
  const std::lock_guard lock{m_mutex};
  return m_reasons.empty();
}

std::string PausedFeeds::text() const {
  const std::lock_guard lock{m_mutex};
  std::string text;
  for (const auto& [feed, reason] : m_reasons)
    text += (text.empty() ? "" : "; ") + line_of(feed, reason);
  return text;
}

}  // namespace longshore::ingest
