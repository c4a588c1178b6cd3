// Runs beside processes that have declared the same task, or its feed, in another way.
#include "tasks/run_task.hpp"

#include "admin/replaying.hpp"
#include "store/horizons.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"
#include "tasks/hourly.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;
using tasks::RunReport;
using tasks::Task;

namespace {

Task daily_task() {
  Task task;
  task.name = "daily";
  task.after_feeds = {"readings"};
  task.touched = {{"day", "at", "day", {Type::date, false}}};
  task.setup = {"create table if not exists daily (day date primary key, readings bigint not null)",
                "create table if not exists daily (day text primary key, readings integer not null) strict"};
  task.sql = {R"(
delete from daily where day in (select day from touched);
insert into daily
select (r.at at time zone 'UTC')::date, count(*)
from readings r
where (r.at at time zone 'UTC')::date in (select day from touched)
group by 1
)",
              R"(
delete from daily where day in (select day from touched);
insert into daily
select substr(r.at, 1, 10), count(*)
from readings r
where substr(r.at, 1, 10) in (select day from touched)
group by 1
)"};
  task.declaration = "1";
  return task;
}

void drop_reading(Pipeline& p, int number, int age_in_days) {
  p.drop("readings_" + std::to_string(number),
         reading_list(reading("s" + std::to_string(number), age_in_days) + "," + reading("t", age_in_days)));
}

}  // namespace

TEST_SUITE("runs of tasks") {
  TEST_CASE_ON_EACH_STORE(
      "T03: a process that does not know of `keep` does not make anew what was made of rows that are gone") {
    Pipeline before{target, registry_of({readings("")})};  // has not been reloaded
    Pipeline p{target, registry_of({readings()})};
    drop_reading(before, 1, 100);
    drop_reading(before, 2, 10);
    before.run_once();
    declare(before, daily_task());
    CHECK(run(before, daily_task()).state == RunReport::State::succeeded);
    const auto made = before.rows("select day, readings from daily order by 1");
    CHECK(made.size() == 2);

    const auto session = open(target);
    store::migrate(*session, p.registry, embedded_migrations(), "test");
    REQUIRE(store::raise_horizon(*session, *p.registry.find("readings"), days_ago(90) - k_micros_a_day / 2));
    session->exec("delete from readings where at < $1", {midnight(90)});
    REQUIRE(store::change_all(*session, "daily"));
    session->exec(
        "insert into ingest_touched_daily (day) select min(day) from daily");  // of a row that a replay deleted

    for (Pipeline* process : {&before, &p}) {
      CHECK(run(*process, daily_task()).state == RunReport::State::succeeded);
      CHECK(p.rows("select day, readings from daily order by 1") == made);
    }
    CHECK(p.one("select count(*) from ingest_touched_daily") == "0");
  }

  TEST_CASE_ON_EACH_STORE("T03: a program's run that was declared again before it has its keys leaves the changes") {
    Pipeline p{target};
    p.config.tasks = p.scratch / "tasks";
    p.config.once = false;
    std::filesystem::create_directory(p.config.tasks);
    write_file(p.config.tasks + "/hourly.toml",
               "name = \"hourly\"\nafter = [\"objects_detection\"]\nsettle = \"0s\"\nrun = [\"/bin/cat\"]\n");
    const std::string wait = p.scratch / "wait";
    DaemonProcess daemon{p,
                         {.environment = {{"LONGSHORE_CRASH_AT", "after_run_start:1=wait"}, {"LONGSHORE_WAIT", wait}}}};
    REQUIRE(eventually([&] { return std::filesystem::exists(wait); }));

    Task anew = hourly_task();
    anew.after_feeds = {"vehicles_status", "objects_detection"};
    anew.touched = {{"vehicle_id", "vehicle_id", "", {Type::text, false}}};
    anew.sql = {"select vehicle_id from touched", "select vehicle_id from touched"};
    declare(p, anew);
    std::filesystem::remove(wait);

    CHECK(daemon.wait_for_log("run 1 failed"));
    CHECK(p.rows("select file_id from ingest_changes") == Lines{"0"});
    CHECK(p.rows("select state, error from ingest_task_runs") == Lines{"lost|the task was declared again"});
    CHECK(p.one("select failures from ingest_tasks") == "0");
    CHECK(daemon.stop() == 0);
    CHECK(run(p, anew).state == RunReport::State::succeeded);
    CHECK(p.one("select count(*) from ingest_changes") == "0");
  }

  TEST_CASE_ON_EACH_STORE("a file that a replay makes a duplicate is a change, because its rows are gone") {
    Pipeline p{target};
    const auto report = [](const std::string& vehicle) {
      return R"({"vehicle_id":")" + vehicle +
             R"(","report_time":"2026-01-01T10:00:00Z","status":"driving"})"
             "\n";
    };
    load(p, "vehicles_status_1.json", report("a"));
    load(p, "vehicles_status_2.json", report("a") + report("b"));
    Task task;
    task.name = "files";
    task.after_feeds = {"vehicles_status"};
    task.setup = {"create table if not exists files (file_id bigint primary key, reports bigint)",
                  "create table if not exists files (file_id integer primary key, reports integer) strict"};
    task.sql.postgres = task.sql.sqlite = R"(
delete from files where file_id in (select file_id from touched);
insert into files
select file_id, count(*) from vehicle_status_history where file_id in (select file_id from touched) group by 1
)";
    task.declaration = "1";
    declare(p, task);
    CHECK(run(p, task).state == RunReport::State::succeeded);
    CHECK(p.rows("select * from files order by 1") == Lines{"1|1", "2|1"});

    const std::string place = p.scratch / p.one("select archive_path from ingest_log where file_id = 1");
    std::ofstream{place, std::ios::binary | std::ios::app} << report("b");
    CHECK(replay(p, {1}, p.registry, false, admin::Copies::as_grown).empty());

    CHECK(p.one("select status from ingest_log where file_id = 1") == "duplicate");
    CHECK(run(p, task).state == RunReport::State::succeeded);
    CHECK(p.rows("select * from files order by 1") == Lines{"2|2"});
  }

  TEST_CASE_ON_EACH_STORE("the state of tasks says what waits for them") {
    Pipeline p{target};
    p.run_once();
    declare(p, hourly_task());
    const auto session = open(target);
    store::TaskStates states = store::read_task_states(*session);
    REQUIRE(states.find("hourly"));
    CHECK(states.find("hourly")->changes == 1);
    CHECK(states.find("hourly")->has_files);
    CHECK(!states.find("hourly")->started_at);
    CHECK(run(p, hourly_task()).state == RunReport::State::succeeded);
    states = store::read_task_states(*session);
    CHECK(states.find("hourly")->changes == 0);
    CHECK(!states.find("hourly")->is_running);
    CHECK(states.find("hourly")->finished_at);
  }
}
