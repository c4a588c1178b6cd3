// A fault that only the operator can mend: the file is parked, nothing counts against it, others are loaded, and it loads
// by itself when the fault is mended.
#include "cli/operating.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/workload.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_partitioned = R"(
alter table detection_events rename to whole;
create table detection_events (like whole including all) partition by range (detection_time);
create table detection_events_2026_01 partition of detection_events for values from ('2026-01-01Z') to ('2026-02-01Z'))";

constexpr const char* k_february = R"(
create table detection_events_2026_02 partition of detection_events for values from ('2026-02-01Z') to ('2026-03-01Z'))";

void exec(Pipeline& p, const std::string& sql) {
  store::open(p.target(), store::Access::read_write, "longshore/tests")->exec_script(sql);
}

std::string detection(const std::string& vehicle, const std::string& time) {
  return R"([{"vehicle_id":")" + vehicle + R"(","detection_time":")" + time +
         R"(","detections":[{"object_type":"cars","object_value":1}]}])";
}

bool is_claimed(const Pipeline& p, const std::string& name) {
  const auto files = p.files("landing");
  return std::ranges::any_of(
      files, [&](const std::string& path) { return path.starts_with(".work/") && path.ends_with("/" + name); });
}

std::uint64_t in_processed(const Pipeline& p) { return p.files("processed").size(); }

// The daemon runs while `harm` is done: files wait until `remedy`, none fails, and the log has the reason.
void check_waits(Pipeline& p, const std::string& harm, const std::string& named, const std::string& remedy) {
  INFO(harm);
  Workload work{p};
  p.config.once = false;
  p.config.retry_last = 200ms;
  DaemonProcess daemon{p};
  work.drop_small(4);
  REQUIRE(eventually([&] { return work.is_done(); }));
  exec(p, harm);
  work.drop_small(4);
  REQUIRE_MESSAGE(daemon.wait_for_log(": parked: "), daemon.log());
  CHECK_MESSAGE(daemon.log().find(named) != std::string::npos, daemon.log());
  CHECK(p.files("failed").empty());
  CHECK(daemon.is_running());
  exec(p, remedy);
  CHECK_MESSAGE(eventually([&] { return work.is_done(); }), daemon.log());
  CHECK(daemon.stop() == 0);
  work.check();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D14: a table that is dropped at run time parks its files until it is there again") {
    Pipeline p{fresh_database()};
    check_waits(p, "alter table detection_events rename to elsewhere", "detection_events",
                "alter table elsewhere rename to detection_events");
  }

  TEST_CASE("D14: a column that is dropped at run time parks its files until it is there again") {
    Pipeline p{fresh_database()};
    check_waits(p, "alter table vehicle_status_history rename column status to state", "status",
                "alter table vehicle_status_history rename column state to status");
  }

  TEST_CASE("D14: a column that gets another type at run time parks its files until it has its type again") {
    Pipeline p{fresh_database()};
    check_waits(p, "drop view detections; alter table detection_events alter object_values type text[]",
                "binary data has array element type 23",
                R"(alter table detection_events alter object_values type integer[] using object_values::integer[];
create view detections as
select e.vehicle_id, e.detection_time, d.object_type, d.object_value, d.ordinal, e.file_id
from detection_events e
cross join lateral unnest(e.object_types, e.object_values) with ordinality as d (object_type, object_value, ordinal))");
  }

  TEST_CASE("D14: a ledger that is dropped at run time parks all files until it is there again") {
    Pipeline p{fresh_database()};
    check_waits(p, "alter table ingest_log rename to elsewhere", "ingest_log",
                "alter table elsewhere rename to ingest_log");
  }

  TEST_CASE("S04: a table that is dropped from SQLite at run time parks its files until it is there again") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    check_waits(p, "drop view detections; alter table detection_events rename to elsewhere", "detection_events",
                "alter table elsewhere rename to detection_events");
  }

  TEST_CASE("D15: a right that is revoked at run time parks its files until it is granted again") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    const std::string role = "loader_of_" + conninfo_value(p.target().location, "dbname");
    exec(p, "create role " + role + " login; grant select, insert, update, delete on all tables in schema public to " +
                role + "; grant usage on all sequences in schema public to " + role);
    const std::string owner = p.config.database;
    p.config.database = p.target().location + " user=" + role;
    p.config.once = false;
    p.config.retry_last = 200ms;
    DaemonProcess daemon{p};
    work.drop_small(4);
    REQUIRE(eventually([&] { return work.is_done(); }));
    exec(p, "revoke insert on detection_events from " + role);
    work.drop_small(4);
    REQUIRE(daemon.wait_for_log(": parked: "));
    CHECK(daemon.log().find("permission denied for table detection_events") != std::string::npos);
    exec(p, "grant insert on detection_events to " + role);
    CHECK_MESSAGE(eventually([&] { return work.is_done(); }), daemon.log());
    CHECK(daemon.stop() == 0);
    p.config.database = owner;
    work.check();
  }

  TEST_CASE("a file without a partition is parked, the files beside it are loaded, and it loads when there is one") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, k_partitioned);
    p.config.once = false;
    p.config.retry_last = 200ms;
    for (int i = 1; i <= 6; ++i)
      p.drop(routed("january" + std::to_string(i)), detection("a" + std::to_string(i), "2026-01-01T08:00:00Z"));
    p.drop(routed("february"), detection("a", "2026-01-31T23:59:59Z") + detection("a", "2026-02-01T00:00:01Z"));
    Running daemon{p};
    REQUIRE(eventually([&] { return in_processed(p) == 6; }));
    REQUIRE(daemon.wait_for_log(
        "objects_detection_february.json: parked: database: no "
        "partition of relation \"detection_events\" found for row; hint: create a partition for the times of its rows"));
    const std::string line =
        "parked\tobjects_detection\tdatabase: no partition of relation \"detection_events\" found for row; hint: ";
    CHECK(eventually([&] { return operate(p, {"status"}).out.find(line) != std::string::npos; }));
    CHECK(operate(p, {"status", "--json"}).out.find(R"("waits":[{"feed":"objects_detection","files":1)") !=
          std::string::npos);
    CHECK(is_claimed(p, "objects_detection_february.json"));
    CHECK(p.one("select count(*) from detection_events") == "6");
    exec(p, k_february);
    CHECK(eventually([&] { return in_processed(p) == 7; }));
    CHECK(eventually([&] { return operate(p, {"status"}).out.find("parked") == std::string::npos; }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == "8");
    CHECK(p.one("select attempt from ingest_log where file_name like '%february%'") == "1");
    p.check_books();
  }

  TEST_CASE("a feed that has only such files is stalled: it claims no more, others load, and it resumes by itself") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, k_partitioned);
    p.config.once = false;
    p.config.retry_last = 200ms;
    p.config.batch_files = 10;
    Running daemon{p};
    for (int i = 1; i <= 60; ++i)
      p.drop(routed(std::to_string(i)), detection("a" + std::to_string(i), "2026-02-01T08:00:00Z"));
    REQUIRE(daemon.wait_for_log("feed objects_detection is stalled: 20 files in a row were parked"));
    for (int i = 61; i <= 90; ++i)
      p.drop(routed(std::to_string(i)), detection("a" + std::to_string(i), "2026-02-01T08:00:00Z"));
    p.drop("vehicles_status_1.json", R"([{"vehicle_id":"a","report_time":"2026-02-01T08:00:00Z","status":"driving"}])");
    REQUIRE(eventually([&] { return in_processed(p) == 1; }));
    CHECK(std::ranges::count_if(p.files("landing"),
                                [](const std::string& path) { return !path.starts_with(".work/"); }) >= 30);
    CHECK(p.files("failed").empty());
    exec(p, k_february);
    CHECK(eventually([&] { return in_processed(p) == 91; }));
    CHECK(daemon.log().find("feed objects_detection: a parked file was loaded, trying the others") !=
          std::string::npos);
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == "90");
    p.check_books();
  }

  TEST_CASE("an outage while a file is parked ends, and other feeds are loaded, although the file stays parked") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, k_partitioned);
    p.config.once = false;
    p.config.retry_first = 20ms;
    p.config.retry_last = 100ms;
    p.drop(routed("1"), detection("a", "2026-02-01T08:00:00Z"));
    Running daemon{p, {.environment = {{"LONGSHORE_FAIL_AT", "before_decode:3-6=unavailable"}}}};
    REQUIRE(daemon.wait_for_log("parked: "));
    REQUIRE(daemon.wait_for_log("files wait, next try"));
    p.drop("vehicles_status_1.json", R"([{"vehicle_id":"a","report_time":"2026-02-01T08:00:00Z","status":"driving"}])");
    CHECK_MESSAGE(eventually([&] { return in_processed(p) == 1; }), daemon.log());
    CHECK(is_claimed(p, routed("1")));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("a stalled feed whose parked files are all skipped claims files again") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, k_partitioned);
    p.config.once = false;
    p.config.retry_first = 20ms;
    p.config.retry_last = 100ms;
    for (int i = 1; i <= 20; ++i)
      p.drop(routed(std::to_string(i)), detection("a" + std::to_string(i), "2026-02-01T08:00:00Z"));
    Running daemon{p};
    REQUIRE(daemon.wait_for_log("feed objects_detection is stalled"));
    for (int i = 1; i <= 20; ++i)
      CHECK(operate(p, {"skip", routed(std::to_string(i))}).exit == 0);
    p.drop(routed("january"), detection("a", "2026-01-01T08:00:00Z"));
    CHECK_MESSAGE(eventually([&] { return in_processed(p) == 1; }), daemon.log());
    CHECK(daemon.stop() == 0);
    CHECK(p.files("failed").size() == 40);  // with their reasons
  }

  TEST_CASE("a reload tries parked files at once, and they are parked all the time") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, k_partitioned);
    p.config.once = false;
    p.config.retry_first = p.config.retry_last = 600s;
    p.drop(routed("1"), detection("a", "2026-02-01T08:00:00Z"));
    Running daemon{p};
    REQUIRE(daemon.wait_for_log("parked: "));
    exec(p, k_february);
    daemon.signal(SIGHUP);
    CHECK_MESSAGE(eventually([&] { return in_processed(p) == 1; }), daemon.log());
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE("run --once leaves a file without a partition in its claim and ends with 75; the next run loads it") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, k_partitioned);
    p.drop(routed("1"), detection("a", "2026-01-01T08:00:00Z"));
    p.drop(routed("2"), detection("a", "2026-02-01T08:00:00Z"));
    CHECK(p.run_once() == Exit::left_over);
    CHECK(p.files("processed").size() == 1);
    CHECK(is_claimed(p, routed("2")));
    exec(p, k_february);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "2");
    p.check_books();
  }

  TEST_CASE("a trigger that raises the SQLSTATE of a CHECK refuses the row: the file fails") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, "create function refuse() returns trigger language plpgsql as $$begin raise exception 'not wanted' using "
            "errcode = '23514'; end$$; create trigger refuse before insert on detection_events for each row execute "
            "function refuse()");
    p.drop(routed("1"), detection("a", "2026-01-01T08:00:00Z"));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.one("select status from ingest_log") == "failed");
  }
}
