#include "notify/pending_notices.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace longshore::notify {
namespace {

// The first notice of a kind waits for events that follow directly, but no longer than notify_interval.
constexpr std::chrono::milliseconds k_collect_time{1000};
// The wall clock may be set over midnight, so midnight is checked this often.
constexpr std::chrono::minutes k_longest_sleep{1};
constexpr std::uint64_t k_findings_named = 5;

std::int64_t day_of(std::int64_t micros) { return micros / k_micros_a_day; }  // never negative: after the year 2000

bool has_loaded(const store::LedgerRow& row) {
  return row.status == store::Status::loaded ||
         (row.status == store::Status::partial && row.rows_loaded + row.rows_duplicate > 0);
}

}  // namespace

void PendingNotices::settings_changed(const config::Config& config, Moment now) {
  m_interval = config.notify_interval;
  m_reject_limit = parse_limit(config.notify_rejects).value_or(Limit{});
  m_is_once = config.once;
  if (config.report == m_report)
    return;
  m_report = config.report;
  m_report_since = now;
  take_group(m_report_files);
  m_report_log.take();
}

bool PendingNotices::file_finished(const store::LedgerRow& row, std::int64_t file_id, Moment now) {
  bool is_sooner = m_database.is_active;
  m_database.update("", now);  // the outcome was committed, so it answers
  if (m_report != "off") {
    m_report_files.add(row, file_id, now);
    m_report_log.add(row);
  }
  if (row.status == store::Status::failed) {
    is_sooner |= m_failed.is_empty();
    m_failed.add(row, file_id, now);
    m_failing_feeds.insert_or_assign(row.feed, FailingFeed{now});
    return is_sooner;
  }
  if (row.status == store::Status::partial && m_reject_limit.is_exceeded(row.rows_rejected, row.records)) {
    is_sooner |= m_many_rejects.is_empty();
    m_many_rejects.add(row, file_id, now);
  }
  if (const auto failing = m_failing_feeds.find(row.feed); failing != m_failing_feeds.end() && has_loaded(row)) {
    is_sooner |= failing->second.loaded_since.files == 0;
    failing->second.loaded_since.add(row);
  }
  return is_sooner;
}

void PendingNotices::drift_found(const std::string& feed, const std::string& path, const std::string& type,
                                 Moment now) {
  m_drift.add(feed + " " + path + " (" + type + ")", now);
}

void PendingNotices::file_grew(std::int64_t file_id, const std::string& file_name, std::uint64_t bytes, Moment now) {
  m_grown.add(
      "file " + std::to_string(file_id) + " " + file_name + " (" + human_bytes(static_cast<double>(bytes)) + ")", now);
}

void PendingNotices::Findings::add(const std::string& finding, Moment now) {
  if (count++ == 0)
    first_added = now;
  if (count <= k_findings_named)
    text += (text.empty() ? "" : ", ") + finding;
}

// Once per problem, by whichever process counts the last retry: the number of failures is in the database. A success
// after that ends the problem, also one that an earlier process has sent.
void PendingNotices::task_run_finished(const observe::TaskRunReport& run, Moment now) {
  if (!run.error.empty()) {
    if (run.failures > run.retries)  // a run that was lost is counted too, but not reported
      m_failing_tasks.begin(run.task, run.error + " (run " + std::to_string(run.run_id) + ")", now);
  } else if (run.failures > run.retries) {
    m_failing_tasks.end_sent(run.task, now);
  } else {
    m_failing_tasks.end(run.task, now);
  }
}

void PendingNotices::tick(const observe::Situation& situation, Moment now) {
  m_database.update(situation.database_outage, now);
  m_directories.update(situation.directory_fault, now);
  m_stuck_file.update(situation.stuck_file, now);
  m_clock.update(situation.clock_fault, now);
  m_paused.update(situation.paused_feeds, now);
  m_parked.update(situation.parked_files, now);
  if (!m_is_once)  // each run would send it again
    m_late.update(situation.late_feeds, now);
}

void PendingNotices::FileGroup::add(const store::LedgerRow& row, std::int64_t file_id, Moment now) {
  if (is_empty()) {
    first_added = now.steady;
    notice.since = now.wall;
  }
  notice.total.add(row);
  notice.feeds[row.feed].add(row);
  if (make_room(row))
    notice.files.push_back(FileNote::of(row, file_id));
}

// The first files are listed, but files without a problem are replaced by files with one.
bool PendingNotices::FileGroup::make_room(const store::LedgerRow& row) {
  std::vector<FileNote>& listed = notice.files;
  if (listed.size() < most_listed)
    return true;
  if (!is_problem(row.status))
    return false;
  const auto last_good =
      std::find_if(listed.rbegin(), listed.rend(), [](const FileNote& file) { return !is_problem(file.status); });
  if (last_good == listed.rend())
    return false;
  listed.erase(std::next(last_good).base());
  return true;
}

// For a stuck file a new message is a new problem. For an outage it is not: its message may differ at each try.
void PendingNotices::Condition::update(const std::string& new_message, Moment now) {
  if (new_message.empty()) {
    is_active = false;
    return;
  }
  const bool is_another = !must_last && new_message != message;
  if (is_another)
    is_sent = false;
  if (!is_active || is_another)
    since = now;
  is_active = true;
  message = new_message;
}

PendingNotices::Time PendingNotices::at_the_earliest(NoticeKind kind, Time time) const {
  const auto& last = m_last_sent[static_cast<std::size_t>(kind)];
  return last ? std::max(time, *last + m_interval) : time;
}

std::optional<PendingNotices::Time> PendingNotices::due_time(const FileGroup& group) const {
  if (group.is_empty())
    return {};
  return at_the_earliest(group.notice.kind, group.first_added + std::min(m_interval, k_collect_time));
}

std::optional<PendingNotices::Time> PendingNotices::due_time(const Findings& findings) const {
  if (findings.count == 0)
    return {};
  return at_the_earliest(findings.kind, findings.first_added.steady + std::min(m_interval, k_collect_time));
}

// A feed has recovered when a file of it was loaded and none failed for the interval.
std::optional<PendingNotices::Time> PendingNotices::due_time(const FailingFeed& feed) const {
  if (feed.loaded_since.files == 0)
    return {};
  return at_the_earliest(NoticeKind::feed_recovered, feed.last_failure.steady + m_interval);
}

std::optional<PendingNotices::Time> PendingNotices::due_time(const Condition& condition) const {
  if (condition.is_active == condition.is_sent)
    return {};
  if (!condition.is_active)
    return at_the_earliest(condition.recovery, {});
  const auto delay = condition.must_last ? m_interval : std::chrono::milliseconds{};
  return at_the_earliest(condition.problem, condition.since.steady + delay);
}

std::optional<PendingNotices::Time> PendingNotices::due_time(NoticeKind kind, std::optional<Time> since) const {
  return since ? std::optional{at_the_earliest(kind, *since + std::min(m_interval, k_collect_time))} : std::nullopt;
}

std::optional<PendingNotices::Time> PendingNotices::next_midnight(Moment now) const {
  if (m_report != "daily")
    return {};
  const auto left = std::chrono::microseconds{(day_of(m_report_since.wall) + 1) * k_micros_a_day - now.wall};
  return now.steady + std::min<Moment::Clock::duration>(left, k_longest_sleep);
}

std::optional<Moment::Clock::time_point> PendingNotices::next_due(Moment now) const {
  std::optional<Time> next = next_midnight(now);
  const auto earlier = [&](std::optional<Time> time) {
    if (time && (!next || *time < *next))
      next = time;
  };
  for (const FileGroup* group : {&m_failed, &m_many_rejects})
    earlier(due_time(*group));
  for (const Findings* findings : {&m_drift, &m_grown})
    earlier(due_time(*findings));
  for (const Condition* condition : {&m_database, &m_directories, &m_stuck_file, &m_clock, &m_paused, &m_parked})
    earlier(due_time(*condition));
  for (const NamedProblems* problems : {&m_late, &m_failing_tasks}) {
    earlier(due_time(problems->problem_kind(), problems->problem_since()));
    earlier(due_time(problems->recovery_kind(), problems->recovery_since()));
  }
  for (const auto& [name, feed] : m_failing_feeds)
    earlier(due_time(feed));
  return next;
}

std::optional<Notice> PendingNotices::take(Moment now, bool is_ending) {
  std::optional<Notice> notice = take_any(now, is_ending);
  if (notice)
    m_last_sent[static_cast<std::size_t>(notice->kind)] = now.steady;
  return notice;
}

std::optional<Notice> PendingNotices::take_any(Moment now, bool is_ending) {
  const auto is_due = [&](std::optional<Time> time) { return time && (is_ending || *time <= now.steady); };
  for (FileGroup* group : {&m_failed, &m_many_rejects})
    if (is_due(due_time(*group)))
      return take_group(*group);
  for (Findings* findings : {&m_drift, &m_grown})
    if (is_due(due_time(*findings)))
      return take_findings(*findings);
  for (Condition* condition : {&m_database, &m_directories, &m_stuck_file, &m_clock, &m_paused, &m_parked}) {
    const auto time = due_time(*condition);
    // a new problem may end with the daemon's restart, so it is not sent; run --once failed because of it and sends it
    const bool is_too_new = condition->is_active && !m_is_once && time > now.steady;
    if (is_due(time) && !is_too_new)
      return take_condition(*condition);
  }
  for (NamedProblems* problems : {&m_late, &m_failing_tasks}) {
    if (is_due(due_time(problems->problem_kind(), problems->problem_since())))
      return problems->take_problem();
    if (is_due(due_time(problems->recovery_kind(), problems->recovery_since())))
      return problems->take_recovery();
  }
  if (auto notice = take_recovered_feeds(now))
    return notice;
  if (is_ending && !m_daemon_error.empty()) {
    Notice notice{NoticeKind::daemon_failed, now.wall};
    notice.error = std::exchange(m_daemon_error, {});
    return notice;
  }
  return take_report(now, is_ending);
}

Notice PendingNotices::take_group(FileGroup& group) { return std::exchange(group.notice, Notice{group.notice.kind}); }

Notice PendingNotices::take_findings(Findings& all) {
  Findings taken = std::exchange(all, Findings{all.kind});
  Notice notice{taken.kind, taken.first_added.wall};
  notice.error = std::move(taken.text);
  if (taken.count > k_findings_named)
    notice.error += " and " + std::to_string(taken.count - k_findings_named) + " more";
  return notice;
}

Notice PendingNotices::take_condition(Condition& condition) {
  condition.is_sent = condition.is_active;
  Notice notice{condition.is_active ? condition.problem : condition.recovery, condition.since.wall};
  notice.error = condition.message;
  return notice;
}

// When the daemon ends, it sends no recovery whose interval is not over: the next file of the feed may fail.
std::optional<Notice> PendingNotices::take_recovered_feeds(Moment now) {
  Notice notice{NoticeKind::feed_recovered, now.wall};
  for (auto at = m_failing_feeds.begin(); at != m_failing_feeds.end();) {
    const auto time = due_time(at->second);
    if (!time || *time > now.steady) {
      ++at;
      continue;
    }
    notice.since = std::min(notice.since, at->second.last_failure.wall);
    notice.feeds[at->first] = at->second.loaded_since;
    notice.total.add(at->second.loaded_since);
    at = m_failing_feeds.erase(at);
  }
  if (notice.feeds.empty())
    return {};
  return notice;
}

// The daily report is sent even without files: a missing report then means that longshore does not run.
std::optional<Notice> PendingNotices::take_report(Moment now, bool is_ending) {
  const bool is_midnight = m_report == "daily" && day_of(now.wall) > day_of(m_report_since.wall);
  if (!is_midnight && !(is_ending && !m_report_files.is_empty()))
    return {};
  Notice notice = take_group(m_report_files);
  notice.log = m_report_log.take();
  notice.since = std::exchange(m_report_since, now).wall;
  return notice;
}

}  // namespace longshore::notify
