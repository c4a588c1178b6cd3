#include "ingest/expected_feeds.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <vector>

namespace longshore::ingest {
namespace {

constexpr std::int64_t k_minute = 60'000'000;
// How soon a file of another daemon ends the lateness here. The query may read all rows since the feed's last file.
constexpr std::int64_t k_late_interval = 5 * k_minute;

bool is_loaded(const store::LedgerRow& row) {
  return row.status == store::Status::loaded || row.status == store::Status::partial;
}

std::int64_t time_of_next_check(const ExpectedFeeds::Watched& watched, std::int64_t now) {
  const std::int64_t due = watched.last.due(watched.expect).value_or(now + k_late_interval);
  const std::int64_t within = watched.expect.within;
  return due > now ? due : now + (within > 0 ? std::min(k_late_interval, within) : k_late_interval);
}

}  // namespace

void ExpectedFeeds::watch(const Registry& registry, const Feeds& before, std::chrono::microseconds delay) {
  const std::int64_t now = now_micros();
  for (const Feed& feed : registry.feeds()) {
    if (!feed.expect)
      continue;
    const auto known = before.find(feed.name);
    if (known != before.end() && known->second.expect.text == feed.expect->text) {
      m_feeds.emplace(feed.name, known->second);
      continue;
    }
    const std::int64_t within = feed.expect->within > 0 ? feed.expect->within : delay.count();
    m_feeds.emplace(feed.name, Watched{*feed.expect, {}, false, now + std::min(within, delay.count())});
  }
  update_next_check();
}

ExpectedFeeds::Feeds ExpectedFeeds::all() const {
  const std::lock_guard lock{m_mutex};
  return m_feeds;
}

void ExpectedFeeds::file_committed(const store::LedgerRow& row) {
  if (is_empty() || !is_loaded(row))
    return;
  const std::lock_guard lock{m_mutex};
  const auto found = m_feeds.find(row.feed);
  if (found == m_feeds.end())
    return;
  Watched& watched = found->second;
  watched.last.loaded_at = std::max(watched.last.loaded_at.value_or(row.finished_at), row.finished_at);
  const std::int64_t now = now_micros();
  watched.is_late = watched.last.is_late(watched.expect, now);
  watched.next_check = time_of_next_check(watched, now);
  update_next_check();
}

std::optional<std::chrono::steady_clock::time_point> ExpectedFeeds::next_due() const {
  if (is_empty())
    return {};
  return std::chrono::steady_clock::now() + std::chrono::microseconds{m_next_check - now_micros()};
}

void ExpectedFeeds::check(store::Session& session) {
  std::vector<std::string> due;
  for (const auto& [name, watched] : all())
    if (watched.next_check <= now_micros())
      due.push_back(name);
  for (const std::string& name : due) {
    const store::LastLoad last = store::last_load(session, name);
    const std::lock_guard lock{m_mutex};
    Watched& watched = m_feeds.at(name);
    const auto known = watched.last.loaded_at;  // a load that was committed since the query
    watched.last = last;
    watched.last.loaded_at = std::max(last.loaded_at, known);
    const std::int64_t now = now_micros();
    watched.is_late = watched.last.is_late(watched.expect, now);
    watched.next_check = time_of_next_check(watched, now);
  }
  const std::lock_guard lock{m_mutex};
  update_next_check();
}

std::map<std::string, std::string> ExpectedFeeds::late() const {
  std::map<std::string, std::string> late;
  if (is_empty())
    return late;
  const std::lock_guard lock{m_mutex};
  for (const auto& [name, watched] : m_feeds)
    if (watched.is_late)
      late.emplace(name, store::late_text(watched.expect, watched.last));
  return late;
}

// The caller has the lock.
void ExpectedFeeds::update_next_check() {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  for (const auto& [name, watched] : m_feeds)
    next = std::min(next, watched.next_check);
  m_next_check = next;
}

}  // namespace longshore::ingest
