#include "notify/pending_notices.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace longshore::notify {
namespace {

// The first notice waits so long for what comes right behind its cause; not longer than the interval.
constexpr std::chrono::milliseconds k_gather{1000};
// The clock on the wall may jump over midnight.
constexpr std::chrono::minutes k_longest_sleep{1};
constexpr std::int64_t k_day = std::int64_t{86'400} * 1'000'000;

std::int64_t day_of(std::int64_t micros) { return micros / k_day; }  // nothing here is before the year 2000

bool is_trouble(store::Status status) {
  return status == store::Status::failed || status == store::Status::partial || status == store::Status::unrouted;
}

bool has_loaded(const store::LedgerRow& row) {
  return row.status == store::Status::loaded ||
         (row.status == store::Status::partial && row.rows_loaded + row.rows_duplicate > 0);
}

}  // namespace

Moment Moment::now() { return {Clock::now(), now_micros()}; }

void PendingNotices::settings_changed(const config::Config& config, Moment now) {
  m_interval = config.notify_interval;
  m_rejects = config::parse_limit(config.notify_rejects).value_or(config::Limit{});
  m_is_once = config.once;
  if (config.report == m_report)
    return;
  m_report = config.report;
  m_report_since = now;
  take_group(m_outcomes);
}

bool PendingNotices::file_finished(const store::LedgerRow& row, std::int64_t file_id, Moment now) {
  const bool was_away = m_database.holds;
  m_database.see("", now);  // it has said so
  bool is_news = was_away;
  if (m_report != "off")
    m_outcomes.add(row, file_id, now);
  if (row.status == store::Status::failed) {
    is_news |= m_failed.is_empty();
    m_failed.add(row, file_id, now);
    m_failing_feeds.insert_or_assign(row.feed, FailingFeed{now});
    return is_news;
  }
  if (row.status == store::Status::partial && m_rejects.is_exceeded(row.rows_rejected, row.records)) {
    is_news |= m_many_rejects.is_empty();
    m_many_rejects.add(row, file_id, now);
  }
  if (const auto ailing = m_failing_feeds.find(row.feed); ailing != m_failing_feeds.end() && has_loaded(row)) {
    is_news |= ailing->second.well.files == 0;
    ailing->second.well.add(row);
  }
  return is_news;
}

void PendingNotices::tick(const observe::Situation& situation, Moment now) {
  m_database.see(situation.outage, now);
  m_directories.see(situation.trouble, now);
  m_stuck.see(situation.stuck, now);
}

void PendingNotices::FileGroup::add(const store::LedgerRow& row, std::int64_t file_id, Moment now) {
  if (is_empty()) {
    first = now.at;
    notice.since = now.micros;
  }
  notice.all.add(row);
  notice.feeds[row.feed].add(row);
  if (make_room(row))
    notice.files.push_back(FileNote::of(row, file_id));
}

// The first ones are named, but what went well gives way to trouble.
bool PendingNotices::FileGroup::make_room(const store::LedgerRow& row) {
  std::vector<FileNote>& named = notice.files;
  if (named.size() < most_named)
    return true;
  if (!is_trouble(row.status))
    return false;
  const auto well =
      std::find_if(named.rbegin(), named.rend(), [](const FileNote& file) { return !is_trouble(file.status); });
  if (well == named.rend())
    return false;
  named.erase(std::next(well).base());
  return true;
}

// The words of one trouble differ from try to try; a stuck file's are its name.
void PendingNotices::Condition::see(const std::string& trouble, Moment now) {
  if (trouble.empty()) {
    holds = false;
    return;
  }
  const bool is_another = !is_patient && trouble != words;
  if (is_another)
    is_told = false;
  if (!holds || is_another)
    since = now;
  holds = true;
  words = trouble;
}

PendingNotices::Time PendingNotices::not_too_soon(NoticeKind kind, Time time) const {
  const auto& told = m_told[static_cast<std::size_t>(kind)];
  return told ? std::max(time, *told + m_interval) : time;
}

std::optional<PendingNotices::Time> PendingNotices::due(const FileGroup& pile) const {
  if (pile.is_empty())
    return {};
  return not_too_soon(pile.notice.kind, pile.first + std::min(m_interval, k_gather));
}

// A feed of which files fail now and then is not told well in between.
std::optional<PendingNotices::Time> PendingNotices::due(const FailingFeed& feed) const {
  if (feed.well.files == 0)
    return {};
  return not_too_soon(NoticeKind::feed_recovered, feed.failed.at + m_interval);
}

std::optional<PendingNotices::Time> PendingNotices::due(const Condition& condition) const {
  if (condition.holds == condition.is_told)
    return {};
  if (!condition.holds)
    return not_too_soon(condition.recovery, {});
  const auto patience = condition.is_patient ? m_interval : std::chrono::milliseconds{};
  return not_too_soon(condition.problem, condition.since.at + patience);
}

std::optional<PendingNotices::Time> PendingNotices::due_report(Moment now) const {
  if (m_report != "daily")
    return {};
  const auto left = std::chrono::microseconds{(day_of(m_report_since.micros) + 1) * k_day - now.micros};
  return now.at + std::min<Moment::Clock::duration>(left, k_longest_sleep);
}

std::optional<Moment::Clock::time_point> PendingNotices::next_due(Moment now) const {
  std::optional<Time> next = due_report(now);
  const auto earlier = [&](std::optional<Time> time) {
    if (time && (!next || *time < *next))
      next = time;
  };
  for (const FileGroup* pile : {&m_failed, &m_many_rejects})
    earlier(due(*pile));
  for (const Condition* condition : {&m_database, &m_directories, &m_stuck})
    earlier(due(*condition));
  for (const auto& [name, feed] : m_failing_feeds)
    earlier(due(feed));
  return next;
}

std::optional<Notice> PendingNotices::take(Moment now, bool is_end) {
  std::optional<Notice> notice = choose(now, is_end);
  if (notice)
    m_told[static_cast<std::size_t>(notice->kind)] = now.at;
  return notice;
}

std::optional<Notice> PendingNotices::choose(Moment now, bool is_end) {
  const auto is_now = [&](std::optional<Time> time) { return time && (is_end || *time <= now.at); };
  for (FileGroup* pile : {&m_failed, &m_many_rejects})
    if (is_now(due(*pile)))
      return take_group(*pile);
  for (Condition* condition : {&m_database, &m_directories, &m_stuck}) {
    const auto time = due(*condition);
    // a daemon that ends leaves a young trouble to the next one; a run that ends has met it
    const bool is_young = condition->holds && !m_is_once && time > now.at;
    if (is_now(time) && !is_young)
      return take_condition(*condition);
  }
  if (auto notice = take_recovered(now))
    return notice;
  if (is_end && !m_end.empty()) {
    Notice notice{NoticeKind::daemon_failed, now.micros};
    notice.error = std::exchange(m_end, {});
    return notice;
  }
  return take_report(now, is_end);
}

Notice PendingNotices::take_group(FileGroup& pile) { return std::exchange(pile.notice, Notice{pile.notice.kind}); }

Notice PendingNotices::take_condition(Condition& condition) {
  condition.is_told = condition.holds;
  Notice notice{condition.holds ? condition.problem : condition.recovery, condition.since.micros};
  notice.error = condition.words;
  return notice;
}

// At the end too only those that have stayed well: what loads next would show whether it lasts.
std::optional<Notice> PendingNotices::take_recovered(Moment now) {
  Notice notice{NoticeKind::feed_recovered, now.micros};
  for (auto at = m_failing_feeds.begin(); at != m_failing_feeds.end();) {
    const auto time = due(at->second);
    if (!time || *time > now.at) {
      ++at;
      continue;
    }
    notice.since = std::min(notice.since, at->second.failed.micros);
    notice.feeds[at->first] = at->second.well;
    notice.all.add(at->second.well);
    at = m_failing_feeds.erase(at);
  }
  if (notice.feeds.empty())
    return {};
  return notice;
}

// That of a day comes even when nothing has: silence would mean nothing.
std::optional<Notice> PendingNotices::take_report(Moment now, bool is_end) {
  const bool is_midnight = m_report == "daily" && day_of(now.micros) > day_of(m_report_since.micros);
  if (!is_midnight && !(is_end && !m_outcomes.is_empty()))
    return {};
  Notice notice = take_group(m_outcomes);
  notice.since = std::exchange(m_report_since, now).micros;
  return notice;
}

}  // namespace longshore::notify
