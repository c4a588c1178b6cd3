// What has happened and nobody was told yet, and when it is time to tell. Its size is bounded however much happens: notices of a kind
// that wait are one. Reads no clock; its owner keeps the threads apart.
#pragma once

#include "config/config.hpp"
#include "config/units.hpp"
#include "notify/notice.hpp"
#include "observe/observer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace longshore::notify {

struct Moment {
  using Clock = std::chrono::steady_clock;
  Clock::time_point at{};   // to measure time
  std::int64_t micros = 0;  // to write down: base/time.hpp

  static Moment now();
};

class PendingNotices {
 public:
  void settings_changed(const config::Config& config, Moment now);

  // Whether next_due() may be sooner now.
  bool file_finished(const store::LedgerRow& row, std::int64_t file_id, Moment now);
  void tick(const observe::Situation& situation, Moment now);
  void daemon_failed(const std::string& error) { m_end = error; }

  // The first that is due, once; nothing: none is. At the end all that is noted is due but what has not lasted yet.
  std::optional<Notice> take(Moment now, bool is_end);
  // When to ask again, if nothing happens meanwhile.
  std::optional<Moment::Clock::time_point> next_due(Moment now) const;

 private:
  using Time = Moment::Clock::time_point;

  // Files of which one notice tells.
  struct FileGroup {
    std::size_t most_named;
    Notice notice = {};
    Time first = {};

    void add(const store::LedgerRow& row, std::int64_t file_id, Moment now);
    bool make_room(const store::LedgerRow& row);
    bool is_empty() const { return notice.all.files == 0; }
  };
  // A feed of which a file has failed.
  struct FailingFeed {
    Moment failed;    // the last one
    Tally well = {};  // what it has loaded after that
  };
  // What is a trouble when it lasts.
  struct Condition {
    NoticeKind problem;
    NoticeKind recovery;
    bool is_patient;         // nothing is told of what lasts shorter than the interval
    std::string words = {};  // of the trouble that is, or was
    Moment since = {};
    bool holds = false;
    bool is_told = false;

    void see(const std::string& trouble, Moment now);
  };

  std::optional<Time> due(const FileGroup& pile) const;
  std::optional<Time> due(const FailingFeed& feed) const;
  std::optional<Time> due(const Condition& condition) const;
  std::optional<Time> due_report(Moment now) const;
  Time not_too_soon(NoticeKind kind, Time time) const;

  Notice take_group(FileGroup& pile);
  Notice take_condition(Condition& condition);
  std::optional<Notice> take_recovered(Moment now);
  std::optional<Notice> take_report(Moment now, bool is_end);
  std::optional<Notice> choose(Moment now, bool is_end);

  std::chrono::milliseconds m_interval{};
  config::Limit m_rejects;
  std::string m_report = "off";
  bool m_is_once = false;

  FileGroup m_failed{20, {NoticeKind::file_failed}};
  FileGroup m_many_rejects{20, {NoticeKind::file_rejects}};
  FileGroup m_outcomes{200, {NoticeKind::report}};
  Moment m_report_since;  // the last one ended then
  std::map<std::string, FailingFeed> m_failing_feeds;
  Condition m_database{NoticeKind::database_away, NoticeKind::database_back, true};
  Condition m_directories{NoticeKind::directories_failing, NoticeKind::directories_well, true};
  Condition m_stuck{NoticeKind::file_stuck, NoticeKind::file_moves, false};
  std::string m_end;  // why the daemon has ended by itself
  std::array<std::optional<Time>, k_notice_kinds> m_told;
};

}  // namespace longshore::notify
