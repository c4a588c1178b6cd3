#include "notify/late_feeds.hpp"

#include <algorithm>

namespace longshore::notify {
namespace {

// So many are named in one notice.
constexpr std::size_t k_feeds_named = 5;

// Adds a feed to the notice, whose beginning is that of its first feed.
void add(Notice& notice, std::size_t count, const std::string& text, std::int64_t since) {
  notice.since = count == 0 ? since : std::min(notice.since, since);
  if (count < k_feeds_named)
    notice.error += (count == 0 ? "" : "; ") + text;
  else if (count == k_feeds_named)
    notice.error += " and more";
}

}  // namespace

void LateFeeds::update(const std::map<std::string, std::string>& late, Moment now) {
  for (const auto& [name, why] : late) {
    Feed& feed = m_feeds[name];
    if (!feed.is_late)
      feed.since = now;
    feed.is_late = true;
    feed.why = why;
  }
  for (auto& [name, feed] : m_feeds) {
    if (late.contains(name))
      continue;
    if (feed.is_late)
      feed.since = now;
    feed.is_late = false;
  }
  std::erase_if(m_feeds, [](const auto& one) { return !one.second.is_late && !one.second.is_sent; });
}

std::optional<Moment::Clock::time_point> LateFeeds::late_since() const {
  std::optional<Moment::Clock::time_point> first;
  for (const auto& [name, feed] : m_feeds)
    if (feed.is_late && !feed.is_sent)
      first = first ? std::min(*first, feed.since.steady) : feed.since.steady;
  return first;
}

std::optional<Moment::Clock::time_point> LateFeeds::on_time_since() const {
  std::optional<Moment::Clock::time_point> first;
  for (const auto& [name, feed] : m_feeds)
    if (!feed.is_late)
      first = first ? std::min(*first, feed.since.steady) : feed.since.steady;
  return first;
}

Notice LateFeeds::take_late() {
  Notice notice{NoticeKind::feed_late};
  std::size_t count = 0;
  for (auto& [name, feed] : m_feeds)
    if (feed.is_late && !feed.is_sent) {
      add(notice, count++, name + ": " + feed.why, feed.since.wall);
      feed.is_sent = true;
    }
  return notice;
}

Notice LateFeeds::take_on_time() {
  Notice notice{NoticeKind::feed_on_time};
  std::size_t count = 0;
  std::erase_if(m_feeds, [&](const auto& one) {
    if (one.second.is_late)
      return false;
    add(notice, count++, one.first, one.second.since.wall);
    return true;
  });
  return notice;
}

}  // namespace longshore::notify
