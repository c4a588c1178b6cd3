// The declaration of tasks to the database: which old rows a task gets, and what becomes of its runs.
#include "tasks/declared.hpp"

#include "store/declarations.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "tasks/hourly.hpp"

#include <doctest/doctest.h>

#include <future>

using namespace longshore;
using namespace longshore::test;
using tasks::Task;

TEST_SUITE("declarations of tasks in the database") {
  TEST_CASE("a task that is declared while a file is being loaded gets a change for it") {
    Pipeline p{fresh_database()};
    loaded(p);
    const auto loading = open(p.target());
    const store::InForce in_force = store::begin_load(*loading, store::LoadOrder::straight);
    CHECK(in_force.task_feeds.empty());
    auto declaring = std::async(std::launch::async, [&] { declare(p, hourly_task()); });
    const auto watching = open(p.target());
    const char* const k_waiting = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'";
    while (store::as_int(watching->exec(k_waiting).rows[0][0]) == 0)
      CHECK(declaring.wait_for(std::chrono::milliseconds{10}) == std::future_status::timeout);

    loading->exec("insert into detection_events "
                  "(vehicle_id, detection_time, record_hash, object_types, object_values, file_id) "
                  "select 'late', detection_time + interval '5 hours', 1, object_types, object_values, 1 "
                  "from detection_events limit 1");
    loading->commit();
    declaring.get();

    CHECK(run(p, hourly_task()).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE_ON_EACH_STORE("a run by an earlier declaration does not use the changes of the new one") {
    Pipeline p{target};
    loaded(p);
    Task task = hourly_task();
    declare(p, task);
    const auto session = open(target);
    const auto run_id = store::start_run(*session, {task.name, "change", "", {}, "test", task.declaration});
    REQUIRE(run_id);
    Task newer = task;
    newer.declaration = "2";
    declare(p, newer);
    CHECK(p.one("select state, error from ingest_task_runs") == "lost|the task was declared again");
    CHECK(!store::renew_lease(*session, task.name, *run_id));
    session->begin();
    CHECK(!store::finish_run(*session, task.name, *run_id, {}));
    session->rollback();
    CHECK_THROWS_WITH(run(p, task), "the database has another declaration of the task \"hourly\"");
    CHECK(run(p, newer).state == k_succeeded);
    CHECK(p.rows(k_hourly) == recomputed(p));
  }

  TEST_CASE_ON_EACH_STORE("a task that is declared with other keys starts anew, one with another text does not") {
    Pipeline p{target};
    loaded(p);
    Task task = hourly_task();
    declare(p, task);
    run(p, task);
    task.declaration = "2";
    declare(p, task);
    CHECK(p.one(k_changes) == "0");
    task.declaration = "3";
    task.touched[0] = {"day", "detection_time", "day", {Type::date, false}};
    task.sql = {"select day from touched", "select day from touched"};
    declare(p, task);
    CHECK(p.one(k_changes) == "1");
    CHECK(run(p, task).end.result == R"([{"day":"2026-01-01"}])");
  }

  TEST_CASE_ON_EACH_STORE("a dropped task gets no changes any more, and its roll-up stays") {
    Pipeline p{target};
    loaded(p);
    declare(p, hourly_task());
    run(p, hourly_task());
    const auto session = open(target);
    CHECK(store::drop_task(*session, "hourly"));
    CHECK(!store::drop_task(*session, "hourly"));
    load_event(p, 3, "b", "2026-01-01T10:40:00Z");
    CHECK(p.one(k_changes) == "0");
    CHECK(p.rows(k_hourly).size() == 2);
    CHECK_THROWS_WITH(run(p, hourly_task()), "the task \"hourly\" is not declared in the database");
  }
}
