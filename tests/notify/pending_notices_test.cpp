// When something is told, by a clock of the test's.
#include "notify/pending_notices.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

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

class Day {
 public:
  explicit Day(const std::string& report = "off", bool once = false) {
    m_config.report = report;
    m_config.once = once;
    notes.settings_changed(m_config, now);
  }

  // What is told meanwhile, as "60 file_failed": when, in seconds since the beginning.
  std::vector<std::string> pass(std::chrono::milliseconds time) {
    std::vector<std::string> told;
    const auto end = now.at + time;
    for (;;) {
      while (const auto notice = notes.take(now, false)) {
        told.push_back(std::to_string((now.at - m_begin) / 1s) + " " + std::string{notify::name_of(notice->kind)});
        last = *notice;
      }
      const auto next = notes.next_due(now);
      const auto then = next ? std::min(*next, end) : end;
      REQUIRE((then > now.at || then == end));  // else its owner would never sleep
      now.micros += std::chrono::duration_cast<std::chrono::microseconds>(then - now.at).count();
      now.at = then;
      if (now.at >= end)
        break;
    }
    return told;
  }

  std::vector<std::string> end() {
    std::vector<std::string> told;
    while (const auto notice = notes.take(now, true)) {
      told.emplace_back(notify::name_of(notice->kind));
      last = *notice;
    }
    return told;
  }

  void look(const std::string& away, const std::string& stuck = "") {
    observe::Situation situation;
    situation.outage = away;
    situation.stuck = stuck;
    notes.tick(situation, now);
  }
  void settle(const store::LedgerRow& row) { notes.file_finished(row, ++m_files, now); }

  notify::Moment now{notify::Moment::Clock::time_point{} + 1000h, *parse_time("2026-03-01T22:00:00Z").micros};
  notify::PendingNotices notes;
  notify::Notice last;

 private:
  const notify::Moment::Clock::time_point m_begin = now.at;
  config::Config m_config;
  std::int64_t m_files = 0;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("failures are told after a second, then at most once in the interval, with all that came meanwhile") {
    Day day;
    for (int i = 0; i < 30; ++i)
      day.settle(row(store::Status::failed));
    CHECK(day.pass(2s) == Told{"1 file_failed"});
    CHECK(day.last.all.files == 30);
    CHECK(day.last.files.size() == 20);
    day.settle(row(store::Status::failed, "g"));
    CHECK(day.pass(20s).empty());
    day.settle(row(store::Status::failed));
    CHECK(day.pass(1h) == Told{"61 file_failed"});
    CHECK(day.last.feeds.size() == 2);
  }

  TEST_CASE("a feed that fails and loads by turns is told well only when it has stayed so for the interval") {
    Day day;
    Told told;
    for (int i = 0; i < 4; ++i) {
      day.settle(row(store::Status::failed));
      day.settle(row(store::Status::loaded));
      for (const std::string& one : day.pass(20s))
        told.push_back(one);
    }
    CHECK(told == Told{"1 file_failed", "61 file_failed"});
    CHECK(day.last.all.files == 3);
    CHECK(day.pass(1h) == Told{"120 feed_recovered"});
  }

  TEST_CASE("at the end too a feed is told well only when it has stayed so for the interval") {
    for (const bool once : {false, true}) {
      Day day{"off", once};
      day.settle(row(store::Status::failed));
      day.settle(row(store::Status::loaded));
      CHECK(day.end() == Told{"file_failed"});
      CHECK(day.pass(59s).empty());
      day.now.at += 2s;
      CHECK(day.end() == Told{"feed_recovered"});
    }
  }

  TEST_CASE("neither a duplicate nor a file without a row makes a feed well") {
    Day day;
    day.settle(row(store::Status::failed));
    day.settle(row(store::Status::duplicate));
    day.settle(row(store::Status::partial, "f", 0, 5));
    day.settle(row(store::Status::loaded, "g"));
    CHECK(day.pass(1h) == Told{"1 file_failed", "1 file_rejects"});
    CHECK(day.end().empty());
  }

  TEST_CASE("an absence of the database is told after the interval, and its end at once") {
    Day day;
    day.look("no route");
    CHECK(day.pass(59s).empty());
    day.look("");
    CHECK(day.pass(1h).empty());
    day.look("no route");
    CHECK(day.pass(90s) == Told{"3719 database_away"});
    day.settle(row(store::Status::loaded));
    CHECK(day.pass(1s) == Told{"3749 database_back"});
  }

  TEST_CASE("at the end a young absence is told by a run, not by a daemon that is stopped") {
    Day daemon;
    daemon.look("no route");
    CHECK(daemon.end().empty());
    Day run{"off", true};
    run.look("no route");
    CHECK(run.end() == Told{"database_away"});
  }

  TEST_CASE("each stuck file is told at once, and that it moves again") {
    Day day;
    day.look("", "a.json");
    CHECK(day.pass(1s) == Told{"0 file_stuck"});
    day.look("", "b.json");
    CHECK(day.pass(2min) == Told{"60 file_stuck"});
    CHECK(day.last.error == "b.json");
    day.look("");
    CHECK(day.pass(1s) == Told{"121 file_moves"});
  }

  TEST_CASE("a daily report comes at midnight, also of a day without a file, and the rest of it at the end") {
    Day day{"daily"};
    for (int i = 0; i < 300; ++i)
      day.settle(row(store::Status::loaded));
    day.settle(row(store::Status::failed, "f"));
    CHECK(day.pass(24h) == Told{"1 file_failed", "7200 report"});
    CHECK(day.last.all.files == 301);
    CHECK(day.last.files.size() == 200);
    CHECK(day.last.files.back().status == store::Status::failed);
    CHECK(format_time(day.last.since) == "2026-03-01T22:00:00.000000Z");
    CHECK(day.pass(24h) == Told{"93600 report"});
    CHECK(day.last.all.files == 0);
    CHECK(format_time(day.last.since) == "2026-03-02T00:00:00.000000Z");
    CHECK(day.end().empty());
    day.settle(row(store::Status::loaded, "g"));
    CHECK(day.end() == Told{"report"});
  }
}
