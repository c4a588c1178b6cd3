// When notices are sent, with a simulated clock.
#include "notify/pending_notices.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::notify;
using namespace std::chrono_literals;

namespace {

store::LedgerRow row(store::Status status, const std::string& feed = "f", std::uint64_t rows = 1,
                     std::uint64_t rejects = 0) {
  store::LedgerRow row;
  row.feed = feed;
  row.status = status;
  row.rows_loaded = status == store::Status::failed ? 0 : rows;
  row.rows_rejected = rejects;
  row.records = rows + rejects;
  return row;
}

using Sent = std::vector<std::string>;

class Timeline {
 public:
  explicit Timeline(const std::string& report = "off", bool once = false) {
    m_config.report = report;
    m_config.once = once;
    notices.settings_changed(m_config, now);
  }

  // Lets time pass and returns what is sent, with the seconds since the beginning: "60 file_failed".
  Sent pass(std::chrono::milliseconds time) {
    Sent sent;
    const auto end = now.steady + time;
    for (;;) {
      while (const auto notice = notices.take(now, false)) {
        sent.push_back(std::to_string((now.steady - m_begin) / 1s) + " " + std::string{notify::name_of(notice->kind)});
        last = *notice;
      }
      const auto next = notices.next_due(now);
      const auto then = next ? std::min(*next, end) : end;
      REQUIRE((then > now.steady || then == end));  // else the caller would loop without a pause
      now.wall += std::chrono::duration_cast<std::chrono::microseconds>(then - now.steady).count();
      now.steady = then;
      if (now.steady >= end)
        break;
    }
    return sent;
  }

  Sent end() {
    Sent sent;
    while (const auto notice = notices.take(now, true)) {
      sent.emplace_back(notify::name_of(notice->kind));
      last = *notice;
    }
    return sent;
  }

  void tick(const std::string& outage, const std::string& stuck_file = "") {
    observe::Situation situation;
    situation.database_outage = outage;
    situation.stuck_file = stuck_file;
    notices.tick(situation, now);
  }
  void finish(const store::LedgerRow& row) { notices.file_finished(row, ++m_files, now); }

  notify::Moment now{notify::Moment::Clock::time_point{} + 1000h, *parse_time("2026-03-01T22:00:00Z").micros};
  notify::PendingNotices notices;
  notify::Notice last;

 private:
  const notify::Moment::Clock::time_point m_begin = now.steady;
  config::Config m_config;
  std::int64_t m_files = 0;
};

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE(
      "failed files cause a notice after a second, then at most one for each interval, which includes all files since") {
    Timeline t;
    for (int i = 0; i < 30; ++i)
      t.finish(row(store::Status::failed));
    CHECK(t.pass(2s) == Sent{"1 file_failed"});
    CHECK(t.last.total.files == 30);
    CHECK(t.last.files.size() == 20);
    t.finish(row(store::Status::failed, "g"));
    CHECK(t.pass(20s).empty());
    t.finish(row(store::Status::failed));
    CHECK(t.pass(1h) == Sent{"61 file_failed"});
    CHECK(t.last.feeds.size() == 2);
  }

  TEST_CASE("a feed whose files fail and load in turn has recovered only after an interval without a failure") {
    Timeline t;
    Sent sent;
    for (int i = 0; i < 4; ++i) {
      t.finish(row(store::Status::failed));
      t.finish(row(store::Status::loaded));
      for (const std::string& one : t.pass(20s))
        sent.push_back(one);
    }
    CHECK(sent == Sent{"1 file_failed", "61 file_failed"});
    CHECK(t.last.total.files == 3);
    CHECK(t.pass(1h) == Sent{"120 feed_recovered"});
  }

  TEST_CASE("at the end of the daemon, too, a feed has recovered only after an interval without a failure") {
    for (const bool once : {false, true}) {
      Timeline t{"off", once};
      t.finish(row(store::Status::failed));
      t.finish(row(store::Status::loaded));
      CHECK(t.end() == Sent{"file_failed"});
      CHECK(t.pass(59s).empty());
      t.now.steady += 2s;
      CHECK(t.end() == Sent{"feed_recovered"});
    }
  }

  TEST_CASE("a duplicate, or a file without a valid row, is not a recovery of its feed") {
    Timeline t;
    t.finish(row(store::Status::failed));
    t.finish(row(store::Status::duplicate));
    t.finish(row(store::Status::partial, "f", 0, 5));
    t.finish(row(store::Status::loaded, "g"));
    CHECK(t.pass(1h) == Sent{"1 file_failed", "1 file_rejects"});
    CHECK(t.end().empty());
  }

  TEST_CASE("a doubt about the clock and a paused feed cause a notice at once, and their ends one each") {
    Timeline t;
    observe::Situation situation;
    situation.clock_fault = "the clock of this host is behind the ledger";
    situation.paused_feeds = "feed \"doors\" is paused until a reload: x";
    t.notices.tick(situation, t.now);
    CHECK(t.pass(1s) == Sent{"0 clock_wrong", "0 feed_paused"});
    CHECK(t.last.error == situation.paused_feeds);
    CHECK(notify::state_of(t.last.kind) == "problem");
    t.notices.tick(situation, t.now);
    CHECK(t.pass(1h).empty());
    t.tick("");
    CHECK(t.pass(1s) == Sent{"3601 clock_trusted", "3601 feeds_resumed"});
    CHECK(notify::state_of(t.last.kind) == "recovery");
  }

  TEST_CASE("feeds that become late are one notice, and so are those that recover; a short lateness is none") {
    Timeline t;
    const auto tick = [&](std::map<std::string, std::string> late) {
      observe::Situation situation;
      situation.late_feeds = std::move(late);
      t.notices.tick(situation, t.now);
    };
    tick({{"doors", "no file was loaded yet"}});
    CHECK(t.pass(500ms).empty());
    tick({{"doors", "no file was loaded yet"}, {"gates", "no file was loaded since noon"}, {"short", "x"}});
    tick({{"doors", "no file was loaded yet"}, {"gates", "no file was loaded since noon"}});
    CHECK(t.pass(1s) == Sent{"1 feed_late"});
    CHECK(t.last.error == "doors: no file was loaded yet; gates: no file was loaded since noon");
    CHECK(notify::state_of(t.last.kind) == "problem");
    tick({{"doors", "no file was loaded yet"}, {"gates", "no file was loaded since noon"}});
    CHECK(t.pass(1h).empty());
    tick({{"gates", "no file was loaded since noon"}});
    CHECK(t.pass(2s) == Sent{"3602 feed_on_time"});
    CHECK(t.last.error == "doors");
    CHECK(notify::state_of(t.last.kind) == "recovery");
    tick({});
    tick({{"gates", "no file was loaded since noon"}});  // in the same second
    CHECK(t.pass(1h).empty());
    CHECK(t.end().empty());
  }

  TEST_CASE("run --once sends no notice about a late feed: the next run would send it again") {
    Timeline t{"off", true};
    observe::Situation situation;
    situation.late_feeds = {{"doors", "no file was loaded yet"}};
    t.notices.tick(situation, t.now);
    CHECK(t.pass(1h).empty());
    CHECK(t.end().empty());
  }

  TEST_CASE("a task that failed for the last time is one notice, and its next success another one") {
    Timeline t;
    const auto end = [&](const std::string& task, const std::string& error, std::uint64_t failures) {
      t.notices.task_run_finished({task, 17, 0.5, 3, 2, error, failures, 2}, t.now);
    };
    end("hourly", "no such column", 1);
    end("hourly", "no such column", 2);
    CHECK(t.pass(1h).empty());
    end("hourly", "no such column", 3);
    end("export", "exit 1", 3);
    CHECK(t.pass(2s) == Sent{"3601 task_failed"});
    CHECK(t.last.error == "export: exit 1 (run 17); hourly: no such column (run 17)");
    CHECK(notify::state_of(t.last.kind) == "problem");
    CHECK(notify::summary_of(t.last, {"a", "h"}) ==
          "longshore a: tasks failed, and their retries too: export: exit 1 (run 17); hourly: no such column (run 17)");
    end("hourly", "no such column", 4);
    CHECK(t.pass(1h).empty());
    end("hourly", "", 4);
    CHECK(t.pass(2s) == Sent{"7203 task_recovered"});
    CHECK(t.last.error == "hourly");
    CHECK(notify::state_of(t.last.kind) == "recovery");
    end("hourly", "", 0);
    CHECK(t.pass(1h).empty());
  }

  TEST_CASE("a task that recovers before its notice is sent causes none") {
    Timeline t;
    t.notices.task_run_finished({"hourly", 17, 0.5, 3, 2, "lost", 1, 0}, t.now);
    t.notices.task_run_finished({"hourly", 18, 0.5, 3, 2, "", 0, 0}, t.now);
    CHECK(t.pass(1h).empty());
  }

  TEST_CASE("a task that recovers in another process than the one that sent its failure causes a notice") {
    Timeline t;
    t.notices.task_run_finished({"hourly", 18, 0.5, 3, 2, "", 4, 3}, t.now);
    CHECK(t.pass(2s) == Sent{"1 task_recovered"});
    t.notices.task_run_finished({"export", 18, 0.5, 3, 2, "", 3, 3}, t.now);
    CHECK(t.pass(1h).empty());
  }

  TEST_CASE("a database outage causes a notice after the interval, and its end causes one at once") {
    Timeline t;
    t.tick("no route");
    CHECK(t.pass(59s).empty());
    t.tick("");
    CHECK(t.pass(1h).empty());
    t.tick("no route");
    CHECK(t.pass(90s) == Sent{"3719 database_away"});
    t.finish(row(store::Status::loaded));
    CHECK(t.pass(1s) == Sent{"3749 database_back"});
  }

  TEST_CASE("an outage shorter than the interval is sent at the end of run --once, but not when a daemon is stopped") {
    Timeline daemon;
    daemon.tick("no route");
    CHECK(daemon.end().empty());
    Timeline run{"off", true};
    run.tick("no route");
    CHECK(run.end() == Sent{"database_away"});
  }

  TEST_CASE("each stuck file causes a notice at once, and so does its recovery") {
    Timeline t;
    t.tick("", "a.json");
    CHECK(t.pass(1s) == Sent{"0 file_stuck"});
    t.tick("", "b.json");
    CHECK(t.pass(2min) == Sent{"60 file_stuck"});
    CHECK(t.last.error == "b.json");
    t.tick("");
    CHECK(t.pass(1s) == Sent{"121 file_moves"});
  }

  TEST_CASE(
      "a daily report is sent at midnight, even without files; remaining files are reported when the daemon ends") {
    Timeline t{"daily"};
    for (int i = 0; i < 300; ++i)
      t.finish(row(store::Status::loaded));
    t.finish(row(store::Status::failed, "f"));
    CHECK(t.pass(24h) == Sent{"1 file_failed", "7200 report"});
    CHECK(t.last.total.files == 301);
    CHECK(t.last.files.size() == 200);
    CHECK(t.last.files.back().status == store::Status::failed);
    CHECK(format_time(t.last.since) == "2026-03-01T22:00:00.000000Z");
    CHECK(t.pass(24h) == Sent{"93600 report"});
    CHECK(t.last.total.files == 0);
    CHECK(format_time(t.last.since) == "2026-03-02T00:00:00.000000Z");
    CHECK(t.end().empty());
    t.finish(row(store::Status::loaded, "g"));
    CHECK(t.end() == Sent{"report"});
  }

  TEST_CASE("new members that no column reads are one notice, which names the first ones") {
    Timeline t;
    for (int i = 1; i <= 7; ++i)
      t.notices.drift_found("f", "/m" + std::to_string(i), "text", t.now);
    CHECK(t.pass(10s) == Sent{"1 feed_drift"});
    CHECK(summary_of(t.last, {"db1", "host"}) ==
          "longshore db1: members that no column reads: f /m1 (text), f /m2 (text), f /m3 (text), f /m4 (text), f /m5 "
          "(text) and 2 more");
    CHECK(state_of(t.last.kind) == "report");
    t.notices.drift_found("f", "/later", "text", t.now);
    CHECK(t.end() == Sent{"feed_drift"});
  }

  TEST_CASE("files that grew after they were loaded are one notice, which names the first ones") {
    Timeline t;
    for (int i = 1; i <= 6; ++i)
      t.notices.file_grew(i, "f" + std::to_string(i), 2000, t.now);
    CHECK(t.pass(10s) == Sent{"1 file_grew"});
    CHECK(
        summary_of(t.last, {"db1", "host"}) ==
        "longshore db1: files grew after they were loaded (longshore replay --grown): file 1 f1 (2.0 kB), file 2 f2 (2.0 "
        "kB), file 3 f3 (2.0 kB), file 4 f4 (2.0 kB), file 5 f5 (2.0 kB) and 1 more");
    CHECK(state_of(t.last.kind) == "problem");
    CHECK(t.pass(24h).empty());
  }
}
