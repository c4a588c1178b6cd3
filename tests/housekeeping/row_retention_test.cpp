// What housekeeping does for feeds with `keep`: it raises the horizon, then removes the rows behind it.
#include "housekeeping/row_retention.hpp"

#include "store/horizons.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* k_ledger =
    "select file_name, rows_loaded, rows_purged from ingest_log where feed is not null order by 1";

struct Counter : observe::Observer {
  void rows_purged(const std::string& feed, std::uint64_t rows) override { purged[feed] += rows; }
  std::map<std::string, std::uint64_t> purged;
};

void write_feeds(Pipeline& p, const std::string& declaration) {
  p.config.feeds = p.scratch / "feeds";
  std::filesystem::create_directory(p.config.feeds);
  write_file(p.config.feeds + "/readings.toml", declaration);
}

// A database with an old and a young row.
struct Kept {
  explicit Kept(const store::Target& target, const Feed& feed = readings())
      : p{target, registry_of({feed})}, session(nullptr) {
    p.drop("readings_1", reading_list(reading("a", 100) + "," + reading("b", 10)));
    REQUIRE(p.run_once() == Exit::ok);
    session = store::open(target, store::Access::read_write, "longshore/tests");
  }
  void run() { run(*session); }
  void run(store::Session& with) {
    while (retention.step(with, counter, now_micros())) {
    }
  }
  std::string horizon() { return p.one("select horizon from ingest_horizons"); }

  Pipeline p;
  std::unique_ptr<store::Session> session;
  Counter counter;
  housekeeping::RowRetention retention{p.registry};
};

}  // namespace

TEST_SUITE("row retention") {
  TEST_CASE_ON_EACH_STORE("without keep there is nothing to do, and nothing is removed") {
    Kept t{target, readings("")};
    CHECK(t.retention.is_empty());
    add_file_of_yesterday(*t.session);
    t.run();
    CHECK(t.p.one("select count(*) from readings") == "2");
    CHECK(t.p.rows("select * from ingest_horizons").empty());
  }

  TEST_CASE_ON_EACH_STORE("the horizon rises to the begin of the day, then the rows behind it go") {
    Kept t{target};
    add_file_of_yesterday(*t.session);
    CHECK_FALSE(t.retention.is_empty());
    t.run();
    CHECK(store::read_horizons(*t.session).at("readings").time == *parse_time(midnight(90)).micros);
    CHECK(store::read_horizons(*t.session).at("readings").purged_to == *parse_time(midnight(90)).micros);
    CHECK(t.p.rows("select sensor from readings") == Lines{"b"});
    CHECK(t.p.rows(k_ledger) == Lines{"readings_1|2|1"});
    CHECK(t.counter.purged == std::map<std::string, std::uint64_t>{{"readings", 1}});
    t.p.check_books();
    CHECK_FALSE(t.retention.step(*t.session, t.counter, now_micros()));  // until the next day
  }

  TEST_CASE_ON_EACH_STORE("H05: a clock that no file of the last days confirms removes nothing") {
    Kept t{target};
    t.run();
    CHECK(t.p.one("select count(*) from readings") == "2");
    CHECK(t.p.rows("select * from ingest_horizons").empty());
    add_file_of_yesterday(*t.session);
    t.run();
    CHECK(t.p.one("select count(*) from readings") == "1");
  }

  TEST_CASE_ON_EACH_STORE(
      "H05: a clock that is ahead of the newest file by months counts from two days after that file") {
    Kept t{target};
    t.session->exec("insert into ingest_log (file_name, status, started_at) values ('old', 'unrouted', $1)",
                    {format_time(days_ago(100))});
    REQUIRE(t.p.run_once() == Exit::ok);
    CHECK(store::read_horizons(*t.session).at("readings").time == *parse_time(midnight(188)).micros);
    CHECK(t.p.one("select count(*) from readings") == "2");
  }

  TEST_CASE_ON_EACH_STORE("H03: a step that meets another writer is taken again") {
    Kept t{target};
    add_file_of_yesterday(*t.session);
    ::setenv("LONGSHORE_FAIL_AT", "before_purge_commit:1=contention", 1);
    t.run();
    ::unsetenv("LONGSHORE_FAIL_AT");
    CHECK(t.p.rows("select sensor from readings") == Lines{"b"});
    CHECK(t.p.rows(k_ledger) == Lines{"readings_1|2|1"});
    CHECK(store::read_horizons(*t.session).at("readings").purged_to == *parse_time(midnight(90)).micros);
  }

  TEST_CASE_ON_EACH_STORE(
      "H03: a purge that was interrupted is finished, also by another process and without a new horizon") {
    for (const char* point : {"before_horizon", "after_horizon", "before_purge_commit", "after_purge_commit"}) {
      CAPTURE(point);
      Kept t{fresh_like(target)};
      add_file_of_yesterday(*t.session);
      ::setenv("LONGSHORE_FAIL_AT", (std::string{point} + ":1=transient").c_str(), 1);
      CHECK_THROWS_AS(t.run(), Error);
      ::unsetenv("LONGSHORE_FAIL_AT");
      CHECK_FALSE(t.session->in_transaction());
      housekeeping::RowRetention other{t.p.registry};
      while (other.step(*t.session, t.counter, now_micros())) {
      }
      CHECK(t.p.rows("select sensor from readings") == Lines{"b"});
      CHECK(t.p.rows(k_ledger) == Lines{"readings_1|2|1"});
      CHECK(store::read_horizons(*t.session).at("readings").purged_to == *parse_time(midnight(90)).micros);
      t.p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("a longer keep does not lower the horizon, a shorter one raises it") {
    Kept t{target};
    add_file_of_yesterday(*t.session);
    t.run();
    const auto keep = [&](const std::string& time) {
      const Registry feeds = registry_of({readings("keep = \"" + time + "\"\nby = \"at\"\n")});
      store::migrate(*t.session, feeds);
      housekeeping::RowRetention retention{feeds};
      while (retention.step(*t.session, t.counter, now_micros())) {
      }
      return store::read_horizons(*t.session).at("readings").time;
    };
    CHECK(keep("365d") == *parse_time(midnight(90)).micros);
    CHECK(keep("5d") == *parse_time(midnight(5)).micros);
    CHECK(t.p.rows("select * from readings").empty());
    CHECK(t.p.rows("select sensor from reading order by 1") == Lines{"a", "b"});
    CHECK(t.p.rows(k_ledger) == Lines{"readings_1|2|2"});
  }

  TEST_CASE_ON_EACH_STORE("H04: a daemon whose declaration is not in force any more raises and removes nothing") {
    Kept t{target};
    add_file_of_yesterday(*t.session);
    store::migrate(*t.session, registry_of({readings("")}));
    t.run();
    CHECK(t.p.rows("select * from ingest_horizons").empty());
    CHECK(t.p.one("select count(*) from readings") == "2");
  }

  TEST_CASE_ON_EACH_STORE("run --once and a daemon remove old rows by themselves") {
    Kept t{target};
    add_file_of_yesterday(*t.session);
    REQUIRE(t.p.run_once() == Exit::ok);
    CHECK(t.p.rows("select sensor from readings") == Lines{"b"});
    CHECK(t.p.rows(k_ledger) == Lines{"readings_1|2|1"});
    CHECK(t.p.rows("select task, state, result from ingest_task_runs") ==
          Lines{R"(purge_rows|succeeded|{"files":0,"bytes":0,"rows":1})"});
    t.p.check_books();

    t.session->exec("update ingest_horizons set horizon = $1, purged_to = null", {midnight(200)});
    write_feeds(t.p, readings_toml(k_keep_90_days + k_latest));
    Running daemon{t.p};
    REQUIRE(eventually([&] { return t.p.rows("select purged_to from ingest_horizons") == Lines{t.horizon()}; }));
    CHECK(daemon.stop() == 0);
    CHECK(store::read_horizons(*t.session).at("readings").time == *parse_time(midnight(90)).micros);
    t.p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "H03: a process that dies at any point of a purge leaves a state that the next one finishes") {
    for (const std::string point : {"before_horizon", "after_horizon", "before_purge_commit", "after_purge_commit"}) {
      CAPTURE(point);
      Kept t{fresh_like(target)};
      add_file_of_yesterday(*t.session);
      write_feeds(t.p, readings_toml(k_keep_90_days + k_latest));
      REQUIRE(DaemonProcess{t.p, {.environment = {{"LONGSHORE_CRASH_AT", point + ":1"}}}}.wait() == 137);
      REQUIRE(t.p.run_once() == Exit::ok);
      CHECK(t.p.rows("select sensor from readings") == Lines{"b"});
      CHECK(t.p.rows(k_ledger) == Lines{"readings_1|2|1"});
      CHECK(t.p.one("select purged_to from ingest_horizons") == t.horizon());
      t.p.check_books();
    }
  }
}
