// Rows behind the horizon go in steps, and the ledger counts them.
#include "store/row_purge.hpp"

#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/postgres_server.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <future>

using namespace longshore;
using namespace longshore::test;

namespace {

using Lines = std::vector<std::string>;
using store::PurgeStep;

constexpr const char* k_ledger =
    "select file_name, rows_loaded, rows_duplicate, rows_purged from ingest_log where feed is not null order by 1";

std::unique_ptr<store::Session> open(const store::Target& target) {
  return store::open(target, store::Access::read_write, "longshore/tests");
}

std::int64_t horizon(int age_in_days) { return *parse_time(midnight(age_in_days)).micros; }

// Takes all steps. Returns the number of rows.
std::uint64_t purge(store::Session& session, const Feed& feed, int age_in_days, int* steps = nullptr) {
  const auto purge = store::begin_row_purge(session, feed, horizon(age_in_days));
  PurgeStep step = PurgeStep::more;
  for (int i = 0; step == PurgeStep::more; ++i) {
    step = purge->next();
    if (steps)
      *steps = i + 1;
  }
  CHECK(step == PurgeStep::last);
  return purge->rows();
}

// Rows of one day each: `rows` sensors of one file, 100 days ago and 10 days ago in turn.
void fill(store::Session& session, int rows) {
  session.exec(
      "insert into ingest_log (file_name, claim, status, feed, records, rows_loaded, rows_duplicate, rows_rejected) "
      "values ('many', '1', 'loaded', 'readings', $1, $1, 0, 0)",
      {std::int64_t{rows}});
  const std::string number = std::to_string(rows);
  const std::string old = format_time(days_ago(100));
  const std::string young = format_time(days_ago(10));
  const bool is_postgres = session.engine() == store::Engine::postgres;
  session.exec_script("insert into readings (sensor, at, record_hash, value, file_id) with recursive n(i) as (select 1 "
                      "union all select i + 1 from n where i < " +
                      number + ") select 's' || i, case when i % 2 = 0 then '" + old + "' else '" + young + "' end" +
                      (is_postgres ? "::timestamptz" : "") + ", i, i, 1 from n");
}

// Turns the table of a Pipeline into one that is partitioned by time: two partitions that end 100 and 60 days ago, and
// one for the rest.
void partition(const store::Target& target) {
  const auto session = open(target);
  session->exec_script("alter table readings rename to plain;"
                       "create table readings (like plain including all) partition by range (at);"
                       "create table readings_old partition of readings for values from (minvalue) to ('" +
                       midnight(100) + "');" + "create table readings_mid partition of readings for values from ('" +
                       midnight(100) + "') to ('" + midnight(60) + "');" +
                       "create table readings_new partition of readings default; drop table plain");
}

}  // namespace

TEST_SUITE("row purge") {
  TEST_CASE_ON_EACH_STORE("rows behind the horizon go, their files count them, latest rows stay") {
    Pipeline p{target, registry_of({readings()})};
    p.drop("readings_1", reading_list(reading("a", 100) + "," + reading("b", 95) + "," + reading("a", 10)));
    REQUIRE(p.run_once() == Exit::ok);
    p.drop("readings_2", reading_list(reading("a", 100) + "," + reading("c", 91)));
    REQUIRE(p.run_once() == Exit::ok);
    p.drop("readings_3", reading_list(reading("d", 5)));
    REQUIRE(p.run_once() == Exit::ok);
    const auto session = open(target);
    const Lines latest = p.rows("select * from reading order by 1");

    CHECK(purge(*session, p.registry.feeds()[0], 90) == 3);
    CHECK(p.rows("select sensor from readings order by 1") == Lines{"a", "d"});
    CHECK(p.rows(k_ledger) == Lines{"readings_1|3|0|2", "readings_2|1|1|1", "readings_3|1|0|\\N"});
    CHECK(p.rows("select * from reading order by 1") == latest);
    p.check_books();

    CHECK(purge(*session, p.registry.feeds()[0], 90) == 0);
    CHECK(purge(*session, p.registry.feeds()[0], 5) == 1);
    CHECK(p.rows(k_ledger) == Lines{"readings_1|3|0|3", "readings_2|1|1|1", "readings_3|1|0|\\N"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a large table is purged in several steps, each of its own transaction") {
    const Feed feed = readings();
    const auto session = open_migrated(target, registry_of({feed}));
    const int rows = session->engine() == store::Engine::postgres ? 300'000 : 25'000;
    fill(*session, rows);
    int steps = 0;
    CHECK(purge(*session, feed, 90, &steps) == static_cast<std::uint64_t>(rows / 2));
    CHECK(steps >= 2);
    CHECK(store::as_int(session->exec("select count(*) from readings").rows[0][0]) == rows / 2);
    CHECK(store::as_int(session->exec("select rows_purged from ingest_log").rows[0][0]) == rows / 2);
  }

  TEST_CASE_ON_EACH_STORE("H03: a step that fails changes nothing, and the same purge goes on") {
    const Feed feed = readings();
    const auto session = open_migrated(target, registry_of({feed}));
    fill(*session, 100);
    const auto purge = store::begin_row_purge(*session, feed, horizon(90));
    ::setenv("LONGSHORE_FAIL_AT", "before_purge_commit:1=contention", 1);
    CHECK_THROWS_AS(purge->next(), Error);
    ::unsetenv("LONGSHORE_FAIL_AT");
    session->rollback();
    CHECK(store::as_int(session->exec("select count(*) from readings").rows[0][0]) == 100);
    CHECK(session->exec("select rows_purged from ingest_log where rows_purged > 0").empty());
    CHECK(purge->next() == PurgeStep::last);
    CHECK(purge->rows() == 50);
    CHECK(store::as_int(session->exec("select rows_purged from ingest_log").rows[0][0]) == 50);
  }

  TEST_CASE_ON_EACH_STORE("H04: two processes that purge one table count each row once") {
    const Feed feed = readings();
    const auto session = open_migrated(target, registry_of({feed}));
    fill(*session, 20'000);
    const auto run = [&] {
      const auto own = open(target);
      return purge(*own, feed, 90);
    };
    auto other = std::async(std::launch::async, run);
    const std::uint64_t rows = run();
    CHECK(rows + other.get() == 10'000);
    CHECK(store::as_int(session->exec("select rows_purged from ingest_log").rows[0][0]) == 10'000);
  }

  TEST_CASE_ON_EACH_STORE("H04: a process with another declaration removes nothing") {
    const auto session = open_migrated(target, registry_of({readings("")}));  // keep was removed
    fill(*session, 10);
    const Feed feed = readings();
    CHECK(store::begin_row_purge(*session, feed, horizon(90))->next() == PurgeStep::refused);
    CHECK(store::as_int(session->exec("select count(*) from readings").rows[0][0]) == 10);
  }

  TEST_CASE("PostgreSQL: a partition behind the horizon is dropped as a whole, the rows of the next one are deleted") {
    Pipeline p{fresh_database(), registry_of({readings()})};
    REQUIRE(p.run_once() == Exit::ok);
    partition(p.target());
    p.drop("readings_1", reading_list(reading("a", 120) + "," + reading("b", 95) + "," + reading("c", 70)));
    REQUIRE(p.run_once() == Exit::ok);
    p.drop("readings_2", reading_list(reading("d", 110) + "," + reading("a", 120) + "," + reading("e", 1)));
    REQUIRE(p.run_once() == Exit::ok);

    CHECK(purge(*open(p.target()), p.registry.feeds()[0], 90) == 3);
    CHECK(p.rows("select sensor from readings order by 1") == Lines{"c", "e"});
    CHECK(p.rows("select relname::text from pg_class where relname like 'readings%' and relkind = 'r' order by 1") ==
          Lines{"readings_mid", "readings_new"});
    CHECK(p.rows(k_ledger) == Lines{"readings_1|3|0|2", "readings_2|2|1|1"});
    p.check_books();
    CHECK(purge(*open(p.target()), p.registry.feeds()[0], 60) == 1);
    CHECK(p.rows("select relname::text from pg_class where relname like 'readings%' and relkind = 'r' order by 1") ==
          Lines{"readings_new"});
    p.check_books();
  }

  TEST_CASE("H06: PostgreSQL: the rows of a partition that cannot be dropped are deleted") {
    Pipeline p{fresh_database(), registry_of({readings()})};
    REQUIRE(p.run_once() == Exit::ok);
    partition(p.target());
    p.drop("readings_1", reading_list(reading("a", 120) + "," + reading("c", 70)));
    REQUIRE(p.run_once() == Exit::ok);
    const auto admin = open(p.target());
    std::unique_ptr<store::Session> session;
    SUBCASE("a view reads it") {
      admin->exec_script("create view of_old as select * from readings_old");
      session = open(p.target());
    }
    SUBCASE("another role owns it") {
      const std::string role = "purger_" + p.one("select current_database()");
      admin->exec_script("create role " + role + " login; grant select, update on ingest_log to " + role +
                         "; grant select on ingest_feeds, ingest_task_feeds to " + role +
                         "; grant select, delete on readings to " + role);
      store::Target as_role = p.target();
      as_role.location += " user=" + role;
      session = open(as_role);
    }
    CHECK(purge(*session, p.registry.feeds()[0], 90) == 1);
    CHECK(p.one("select count(*) from readings_old") == "0");
    CHECK(p.rows(k_ledger) == Lines{"readings_1|2|0|1"});
    p.check_books();
  }

  TEST_CASE("H06: PostgreSQL: a partition that loads keep locked is dropped by a later purge, not emptied row by row") {
    Pipeline p{fresh_database(), registry_of({readings()})};
    REQUIRE(p.run_once() == Exit::ok);
    partition(p.target());
    p.drop("readings_1", reading_list(reading("a", 120) + "," + reading("c", 70)));
    REQUIRE(p.run_once() == Exit::ok);
    const auto loader = open(p.target());
    loader->begin();
    loader->exec("insert into readings (sensor, at, record_hash, file_id) values ('x', $1, 1, 1)",
                 {format_time(days_ago(1))});
    const auto session = open(p.target());
    const auto purge_now = store::begin_row_purge(*session, p.registry.feeds()[0], horizon(90));
    CHECK(purge_now->next() == PurgeStep::later);
    CHECK_FALSE(session->in_transaction());
    CHECK(p.one("select count(*) from readings_old") == "1");
    loader->rollback();
    CHECK(purge(*session, p.registry.feeds()[0], 90) == 1);
    CHECK(p.one("select to_regclass('readings_old') is null") == p.one("select true"));
  }

  TEST_CASE("PostgreSQL: a purge does not wait for a load under way, nor a load for a purge") {
    const Feed feed = readings();
    const store::Target target = fresh_database();
    const auto session = open_migrated(target, registry_of({feed}));
    fill(*session, 100);
    const auto loader = open(target);
    loader->begin();
    loader->exec("set local lock_timeout = '100ms'");
    loader->exec("insert into readings (sensor, at, record_hash, file_id) values ('x', '2026-01-01T00:00:00Z', 1, 2)");
    CHECK(purge(*session, feed, 90) == 50);
    session->begin();
    session->exec("delete from readings where sensor = 's1'");
    loader->exec("insert into readings (sensor, at, record_hash, file_id) values ('y', '2026-01-01T00:00:00Z', 1, 2)");
    loader->commit();
    session->rollback();
  }

  TEST_CASE("H06: PostgreSQL: a time zone, a DateStyle and other kinds of partitions do not confuse the drop") {
    Pipeline p{fresh_database(), registry_of({readings()})};
    REQUIRE(p.run_once() == Exit::ok);
    partition(p.target());
    p.drop("readings_1", reading_list(reading("a", 120) + "," + reading("c", 70)));
    REQUIRE(p.run_once() == Exit::ok);
    const auto session = open(p.target());
    SUBCASE("east of UTC") { session->exec_script("set timezone = 'Asia/Tokyo'"); }
    SUBCASE("west of UTC") { session->exec_script("set timezone = 'America/Los_Angeles'"); }
    SUBCASE("German dates") { session->exec_script("set datestyle = 'German'"); }
    SUBCASE("partitioned by the sensor") {
      session->exec_script("alter table readings rename to by_time;"
                           "create table readings (like by_time including all) partition by list (sensor);"
                           "create table readings_a partition of readings for values in ('a');"
                           "create table readings_rest partition of readings default;"
                           "insert into readings select * from by_time; drop table by_time");
    }
    CHECK(purge(*session, p.registry.feeds()[0], 90) == 1);
    CHECK(p.rows("select sensor from readings order by 1") == Lines{"c"});
    CHECK(p.rows(k_ledger) == Lines{"readings_1|2|0|1"});
  }
}
