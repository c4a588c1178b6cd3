// Collects events and decides when each kind of notice is sent. At most one notice of each kind is pending, so the size
// is bounded. Reads no clock and has no lock: the caller passes the time and guards it.
#pragma once

#include "base/units.hpp"
#include "config/config.hpp"
#include "notify/named_problems.hpp"
#include "notify/notice.hpp"
#include "notify/report_log.hpp"
#include "observe/observer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace longshore::notify {

class PendingNotices {
 public:
  void settings_changed(const config::Config& config, Moment now);

  // Returns true if next_due() may be earlier now.
  bool file_finished(const store::LedgerRow& row, std::int64_t file_id, Moment now);
  void drift_found(const std::string& feed, const std::string& path, const std::string& type, Moment now);
  void file_grew(std::int64_t file_id, const std::string& file_name, std::uint64_t bytes, Moment now);
  void task_run_finished(const observe::TaskRunReport& run, Moment now);
  void tick(const observe::Situation& situation, Moment now);
  void daemon_failed(const std::string& error) { m_daemon_error = error; }

  // Removes and returns the next notice that is due; nullopt if none is. When the daemon ends, all pending events are
  // due at once, except problems and feed recoveries that have not lasted for notify_interval.
  std::optional<Notice> take(Moment now, bool is_ending);
  // When to call take() again if nothing else happens.
  std::optional<Moment::Clock::time_point> next_due(Moment now) const;

 private:
  using Time = Moment::Clock::time_point;

  // Files that go into one notice.
  struct FileGroup {
    std::size_t most_listed;
    Notice notice = {};
    Time first_added = {};

    void add(const store::LedgerRow& row, std::int64_t file_id, Moment now);
    bool make_room(const store::LedgerRow& row);
    bool is_empty() const { return notice.total.files == 0; }
  };
  struct FailingFeed {
    Moment last_failure;
    Totals loaded_since = {};
  };
  // A problem that begins and ends: one notice for each.
  struct Condition {
    NoticeKind problem;
    NoticeKind recovery;
    bool must_last;            // the problem is sent only after notify_interval
    std::string message = {};  // of the current or the last problem
    Moment since = {};
    bool is_active = false;
    bool is_sent = false;  // the problem, and not yet its recovery

    // "": the problem is over.
    void update(const std::string& new_message, Moment now);
  };

  // Findings that go into one notice: the first ones by name, all by their number.
  struct Findings {
    NoticeKind kind;
    std::uint64_t count = 0;
    std::string text = {};  // of the first ones
    Moment first_added = {};

    void add(const std::string& finding, Moment now);
  };

  std::optional<Time> due_time(const FileGroup& group) const;
  std::optional<Time> due_time(const Findings& findings) const;
  std::optional<Time> due_time(const FailingFeed& feed) const;
  std::optional<Time> due_time(const Condition& condition) const;
  std::optional<Time> due_time(NoticeKind kind, std::optional<Time> since) const;
  std::optional<Time> next_midnight(Moment now) const;
  // The time, or notify_interval after the last notice of this kind if that is later.
  Time at_the_earliest(NoticeKind kind, Time time) const;

  Notice take_group(FileGroup& group);
  Notice take_findings(Findings& all);
  Notice take_condition(Condition& condition);
  std::optional<Notice> take_recovered_feeds(Moment now);
  std::optional<Notice> take_report(Moment now, bool is_ending);
  std::optional<Notice> take_any(Moment now, bool is_ending);

  std::chrono::milliseconds m_interval{};
  Limit m_reject_limit;
  std::string m_report = "off";
  bool m_is_once = false;

  FileGroup m_failed{20, {NoticeKind::file_failed}};
  FileGroup m_many_rejects{20, {NoticeKind::file_rejects}};
  Findings m_drift{NoticeKind::feed_drift};
  Findings m_grown{NoticeKind::file_grew};
  FileGroup m_report_files{200, {NoticeKind::report}};
  ReportLog m_report_log;
  Moment m_report_since;  // end of the last report
  std::map<std::string, FailingFeed> m_failing_feeds;
  Condition m_database{NoticeKind::database_away, NoticeKind::database_back, true};
  Condition m_directories{NoticeKind::directories_failing, NoticeKind::directories_well, true};
  Condition m_stuck_file{NoticeKind::file_stuck, NoticeKind::file_moves, false};
  Condition m_clock{NoticeKind::clock_wrong, NoticeKind::clock_trusted, false};
  Condition m_paused{NoticeKind::feed_paused, NoticeKind::feeds_resumed, false};
  Condition m_parked{NoticeKind::files_parked, NoticeKind::files_resumed, false};
  NamedProblems m_late{NoticeKind::feed_late, NoticeKind::feed_on_time};
  NamedProblems m_failing_tasks{NoticeKind::task_failed, NoticeKind::task_recovered};
  std::string m_daemon_error;
  std::array<std::optional<Time>, k_notice_kinds> m_last_sent;  // by kind
};

}  // namespace longshore::notify
