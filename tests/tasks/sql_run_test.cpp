// Runs of SQL: which keys they get, and that nothing of a failed run stays.
#include "tasks/sql_run.hpp"

#include "admin/replaying.hpp"
#include "base/time.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"
#include "tasks/hourly.hpp"

#include <doctest/doctest.h>

#include <future>

using namespace longshore;
using namespace longshore::test;
using tasks::RunReport;
using tasks::Task;

namespace {

constexpr auto k_failed = RunReport::State::failed;

constexpr const char* k_runs = "select state, cause, changes, touched from ingest_task_runs order by run_id";

}  // namespace

TEST_SUITE("runs of SQL") {
  TEST_CASE_ON_EACH_STORE("the first run of a new task sees the old rows, the next one only what was loaded since") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());

    RunReport report = run(p, hourly_task());

    CHECK(report.state == k_succeeded);
    CHECK(report.end.changes == 2);
    CHECK(report.end.touched == 2);
    CHECK(report.end.result == R"({"rows":[0,2]})");
    CHECK(p.rows(k_hourly) == recomputed(p));
    CHECK(p.one(k_changes) == "0");

    load_event(p, 3, "b", "2026-01-01T10:40:00Z");  // late
    load(p, "objects_detection_4.json",
         events(event("c", "2026-01-01T12:00:00Z") + "," + event("d", "2026-01-01T12:01:00Z")));
    CHECK(p.one(k_changes) == "2");
    report = run(p, hourly_task());
    CHECK(report.end.changes == 2);
    CHECK(report.end.touched == 2);
    CHECK(p.rows(k_hourly) ==
          Lines{"2026-01-01T10:00:00.000000Z|2", "2026-01-01T11:00:00.000000Z|1", "2026-01-01T12:00:00.000000Z|2"});
    CHECK(p.rows(k_runs) == Lines{"succeeded|change|2|2", "succeeded|change|2|2"});
  }

  TEST_CASE_ON_EACH_STORE("a process that does not know the task loads files for it") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    run(p, hourly_task());

    std::string many;  // a batch, with a failed file and one without new rows
    for (int i = 10; i < 15; ++i)
      p.drop("objects_detection_" + std::to_string(i) + ".json",
             events(event("v" + std::to_string(i), "2026-01-02T0" + std::to_string(i - 10) + ":00:00Z")));
    p.drop("objects_detection_20.json", "{\"objects_detection_events\": 7}");
    p.drop("objects_detection_21.json", events(event("a", "2026-01-01T10:10:00Z") + " "));
    CHECK(p.tasks.empty());
    p.run_once();

    CHECK(p.rows("select distinct l.status from ingest_changes c join ingest_log l on l.file_id = c.file_id") ==
          Lines{"loaded"});
    CHECK(p.one(k_changes) == "6");
    CHECK(run(p, hourly_task()).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE_ON_EACH_STORE("a large file adds one change in the transaction of its rows") {
    Pipeline p{target};
    declare(p, hourly_task());
    p.config.large_file = 1;
    loaded(p);
    CHECK(p.one("select count(*) from ingest_changes where file_id > 0") == "2");
    CHECK(run(p, hourly_task()).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE_ON_EACH_STORE("a replay that moves rows to another hour changes both hours") {
    Pipeline p{target};
    const std::string first = R"({"objects_detection_events":[)" + event("a", "2026-01-01T10:10:00Z") +
                              R"(],"corrected":[)" + event("a", "2026-01-01T15:10:00Z") + "]}";
    load(p, "objects_detection_1.json", first);
    declare(p, hourly_task());
    run(p, hourly_task());
    CHECK(p.rows(k_hourly) == Lines{"2026-01-01T10:00:00.000000Z|1"});

    std::vector<Feed> feeds = p.registry.feeds();
    for (Feed& feed : feeds)
      if (feed.name == "objects_detection")
        feed.records = {"/corrected"};
    replay(p, {1}, Registry{std::move(feeds)});

    CHECK(p.one("select attempt from ingest_changes") == "2");
    CHECK(p.rows("select hour from ingest_touched_hourly") == Lines{"2026-01-01T10:00:00.000000Z"});
    const RunReport report = run(p, hourly_task());
    CHECK(report.end.touched == 2);
    CHECK(p.rows(k_hourly) == Lines{"2026-01-01T15:00:00.000000Z|1"});
    CHECK(p.one("select count(*) from ingest_touched_hourly") == "0");
  }

  TEST_CASE_ON_EACH_STORE("nothing of a run that fails stays, and the next run does its work") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());

    const RunReport report =
        run(p, with_sql("insert into hourly select hour, 7 from touched; select * from no_such_table"));

    CHECK(report.state == k_failed);
    CHECK(report.failures == 1);
    CHECK(report.end.error.find("no_such_table") != std::string::npos);
    CHECK(p.rows("select * from hourly").empty());
    CHECK(p.one(k_changes) == "1");
    CHECK(p.one("select failures, retry_at > started_at, run_id from ingest_tasks") == "1|1|\\N");
    CHECK(p.one("select state, error like '%no_such_table%' from ingest_task_runs") == "failed|1");

    CHECK(run(p, hourly_task()).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
    CHECK(p.one("select failures, retry_at from ingest_tasks") == "0|\\N");
  }

  TEST_CASE_ON_EACH_STORE("a script that ends the transaction fails, also if it begins another one") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    for (const char* sql : {"commit", "rollback", "insert into hourly select hour, 1 from touched; commit; begin"}) {
      CAPTURE(sql);
      const RunReport report = run(p, with_sql(sql));
      CHECK(report.state == k_failed);
      CHECK(report.end.error ==
            "its SQL ended the transaction; hint: leave out begin, commit and rollback: all its statements are one "
            "transaction");
      CHECK(p.one(k_changes) == "1");
    }
  }

  TEST_CASE_ON_EACH_STORE("an error names the number of its statement, without a hint about longshore's tables") {
    Pipeline p{target};
    declare(p, hourly_task());
    const std::string error = run(p, with_sql("select 1; select * from no_such_table")).end.error;
    CHECK(error.starts_with("statement 2: database"));
    CHECK(error.find("no_such_table") != std::string::npos);
    CHECK(error.find("migrate") == std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("a run that a person started and that fails is not counted and not repeated") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    CHECK(run(p, with_sql("select * from no_such_table"), {.cause = "command"}).state == k_failed);
    CHECK(p.one("select failures, retry_at, run_id from ingest_tasks") == "0|\\N|\\N");
    CHECK(p.one(k_changes) == "1");
  }

  TEST_CASE_ON_EACH_STORE("the rows of the last select are the result, and parameters are a table") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    const RunReport report =
        run(p, with_sql("select name, value from parameters order by 1"), {.parameters = {{"day", "x'y"}, {"n", "1"}}});
    CHECK(report.end.result == R"([{"name":"day","value":"x'y"},{"name":"n","value":"1"}])");
    CHECK(p.one("select parameters from ingest_task_runs") == R"({"day":"x'y","n":"1"})");
  }

  TEST_CASE_ON_EACH_STORE("a result of many rows is cut, with the number of those left out") {
    Pipeline p{target};
    declare(p, hourly_task());
    const RunReport report = run(
        p,
        with_sql("with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000) select i from n"));
    CHECK(report.end.result.starts_with(R"([{"i":1},{"i":2})"));
    CHECK(report.end.result.ends_with(R"({"i":1000},{"more_rows":99000}])"));
  }

  TEST_CASE_ON_EACH_STORE("a task without keys gets the changed files") {
    Pipeline p{target};
    Task task = with_sql("select file_id from touched order by 1");
    task.touched.clear();
    loaded(p);
    declare(p, task);
    CHECK(run(p, task).end.result == R"([{"file_id":1},{"file_id":2}])");
    load_event(p, 3, "b", "2026-01-01T10:40:00Z");
    CHECK(run(p, task).end.result == R"([{"file_id":3}])");
    CHECK(run(p, task).end.result == "[]");
  }

  TEST_CASE_ON_EACH_STORE("a task of the ledger gets a change for each arrival, also for files that were not loaded") {
    Pipeline p{target};
    Task task = with_sql("select l.status, count(*) as files from touched t join ingest_log l on l.file_id = t.file_id "
                         "group by 1 order by 1");
    task.touched.clear();
    task.after_feeds = {store::k_ledger_feed};
    declare(p, task);
    run(p, task);
    loaded(p);
    p.drop("objects_detection_3.json", "{\"objects_detection_events\": 7}");
    p.drop("strange.txt", "?");
    p.drop("objects_detection_4.json", events(event("a", "2026-01-01T10:10:00Z")));  // the content of the first
    p.run_once();
    CHECK(run(p, task).end.result == R"([{"status":"duplicate","files":1},{"status":"failed","files":1},)"
                                     R"({"status":"loaded","files":2},{"status":"unrouted","files":1}])");
  }

  TEST_CASE_ON_EACH_STORE("a file that is loaded during a run is left for the next one") {
    if (target.engine == store::Engine::sqlite)
      return;  // a run excludes loads
    Pipeline p{target};
    loaded(p);
    const Task task = hourly_task();
    declare(p, task);
    const store::TaskKeys keys = tasks::keys_of(task, p.registry);
    const auto session = open(target);
    const auto run_id = store::start_run(*session, {task.name, "change", "", {}, "test"});
    session->begin_snapshot(store::lock_touched_sql(task.name));
    const store::Taken taken = store::make_touched(*session, keys);

    load_event(p, 3, "b", "2026-01-01T10:40:00Z");
    replay(p, {2}, p.registry);

    session->run_script(task.sql.postgres, 0);
    store::delete_used(*session, keys, taken);
    CHECK(store::finish_run(*session, task.name, *run_id, {}));
    session->commit();
    CHECK(p.rows("select file_id, attempt from ingest_changes order by 1") == Lines{"2|2", "3|1"});
    CHECK(p.rows("select hour from ingest_touched_hourly") == Lines{"2026-01-01T11:00:00.000000Z"});
    CHECK(run(p, task).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  // Citus commits on its workers a moment later. A table with the name of its list stands for it.
  TEST_CASE("a file whose rows are not all visible yet is left for the next run") {
    Pipeline p{fresh_database()};
    declare(p, hourly_task());
    run(p, hourly_task());
    loaded(p);
    const auto session = open(p.target());
    session->exec("create table pg_dist_partition (logicalrelid regclass)");
    session->exec("insert into pg_dist_partition values ('detection_events')");
    session->exec("create table later as select * from detection_events where file_id = 2");
    session->exec("delete from detection_events where file_id = 2");
    CHECK(run(p, hourly_task()).end.changes == 1);
    CHECK(p.rows("select file_id from ingest_changes") == Lines{"2"});
    CHECK(p.rows(k_hourly) == Lines{"2026-01-01T10:00:00.000000Z|1"});
    session->exec("insert into detection_events select * from later");
    CHECK(run(p, hourly_task()).end.changes == 1);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE("two runs of one task at the same time: one of them works, the other one is told that it is busy") {
    Pipeline p{fresh_database()};
    loaded(p);
    declare(p, hourly_task());
    const Task slow =
        with_sql("select pg_advisory_lock(7); select pg_advisory_unlock(7); " + hourly_task().sql.postgres);
    const auto holder = open(p.target());
    holder->exec("select pg_advisory_lock(7)");
    auto first = std::async(std::launch::async, [&] { return run(p, slow); });
    const auto watching = open(p.target());
    while (store::as_int(watching->exec("select count(*) from pg_locks where not granted and locktype = 'advisory'")
                             .rows[0][0]) == 0)
      CHECK(first.wait_for(std::chrono::milliseconds{10}) == std::future_status::timeout);

    CHECK(run(p, hourly_task()).state == RunReport::State::busy);
    // its lease has run out, but its transaction lives
    watching->exec("update ingest_tasks set lease_until = now() - interval '1 hour'");
    CHECK(run(p, hourly_task()).state == RunReport::State::busy);

    holder->exec("select pg_advisory_unlock(7)");
    first.get();
    CHECK(run(p, hourly_task()).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE_ON_EACH_STORE("a run that takes longer than its timeout fails") {
    Pipeline p{target};
    declare(p, hourly_task());
    Task task = with_sql("with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n");
    task.timeout = std::chrono::milliseconds{300};
    const RunReport report = run(p, task);
    CHECK(report.state == k_failed);
    CHECK(p.one("select state, error <> '' from ingest_task_runs") == "failed|1");
    CHECK(eventually([&] { return run(p, hourly_task()).state == k_succeeded; }));
  }

  TEST_CASE_ON_EACH_STORE("a run that is cancelled is lost, is no failure, and can start again at once") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    const Task task =
        with_sql("with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n");
    std::atomic<bool> cancel{false};
    auto running = std::async(std::launch::async, [&] {
      return tasks::run_task(task, tasks::keys_of(task, p.registry), {}, run_settings(target), cancel);
    });
    while (p.rows("select 1 from ingest_task_runs").empty())
      CHECK(running.wait_for(std::chrono::milliseconds{10}) == std::future_status::timeout);
    cancel = true;
    CHECK(running.get().state == RunReport::State::abandoned);
    CHECK(p.one("select state, error from ingest_task_runs") == "lost|longshore was stopped");
    CHECK(p.one("select failures from ingest_tasks") == "0");
    // PostgreSQL notices within five seconds that its client has gone
    CHECK(eventually([&] { return run(p, hourly_task()).state == k_succeeded; }));
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE_ON_EACH_STORE("a script of many short statements ends at its timeout") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    std::string script = "create temporary table many (n bigint);";
    for (int i = 0; i < 300'000; ++i)
      script += "insert into many values (1);";
    Task task = with_sql(script);
    task.timeout = std::chrono::milliseconds{200};
    CHECK(run(p, task).state == k_failed);
    CHECK(p.one("select error from ingest_task_runs") == "it took longer than its timeout of 200 ms");
  }
}
