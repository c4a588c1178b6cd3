// Each run of a task is a row, and one run of it exists at a time, in all processes.
#include "store/task_runs.hpp"

#include "base/time.hpp"
#include "store/clock.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <future>
#include <map>

using namespace longshore;
using namespace longshore::test;
using store::NewRun;
using store::RunEnd;
using store::Session;

namespace {

using Id = std::optional<std::int64_t>;

std::unique_ptr<Session> open(const store::Target& target) {
  return store::open(target, store::Access::read_write, "longshore/tests");
}

void declare(Session& session, const std::string& task, const std::string& kind = "program",
             const std::string& after = "[]", const std::string& after_failure = "[]") {
  session.exec("insert into ingest_tasks (task, kind, declaration, after, after_failure, touched, origin, declared_by, "
               "declared_at) values ($1, $2, 'd', $3, $4, '[]', 'test', 'test', $5)",
               {task, kind, after, after_failure, format_time(now_micros())});
}

Id start(Session& session, const std::string& task, const std::string& cause = "change", Id parent = {}) {
  return store::start_run(session, {task, cause, "", parent, "host"});
}

void end(Session& session, const std::string& task, std::int64_t run_id) {
  session.begin();
  REQUIRE(store::finish_run(session, task, run_id, {}));
  session.commit();
}

void let_lease_run_out(Session& session, const std::string& task) {
  session.exec("update ingest_tasks set lease_until = " + store::clock_sql(session.engine(), -std::chrono::seconds{1}) +
                   " where task = $1",
               {task});
}

std::string text(Session& session, const std::string& sql) {
  std::string out;
  for (const auto& row : session.exec(sql).rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      out += (i > 0 ? " " : out.empty() ? "" : "\n") + (store::as_text(row[i]).empty() ? "-" : store::as_text(row[i]));
  return out;
}

std::string runs(Session& session) {
  return text(session, "select run_id, task, state from ingest_task_runs order by run_id");
}

std::int64_t seconds_until_retry(Session& session) {
  const std::int64_t at = store::time_in(session.exec("select retry_at from ingest_tasks").rows.at(0)[0]);
  return (at - store::server_time(session) + 500'000) / 1'000'000;
}

}  // namespace

TEST_SUITE("task runs") {
  TEST_CASE_ON_EACH_STORE("a run is a row from its start, and its end frees the task") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    const Id first = store::start_run(*session, {"hourly", "command", R"({"day":"2026-01-01"})", {}, "host"});
    REQUIRE(first);
    CHECK(
        text(*session, "select task, cause, parameters, state, finished_at, changes, instance from ingest_task_runs") ==
        R"(hourly command {"day":"2026-01-01"} running - - host)");
    CHECK_FALSE(start(*session, "hourly"));
    session->begin();
    CHECK(store::finish_run(*session, "hourly", *first, {3, 2, R"({"rows":7})", "", "a line"}));
    session->commit();
    CHECK(text(*session, "select state, changes, touched, result, error, log from ingest_task_runs") ==
          R"(succeeded 3 2 {"rows":7} - a line)");
    CHECK(text(*session, "select started_at <= finished_at from ingest_task_runs") == "1");
    CHECK(text(*session, "select run_id, lease_until, failures from ingest_tasks") == "- - 0");
    CHECK(start(*session, "hourly") == *first + 1);
  }

  TEST_CASE_ON_EACH_STORE("of sessions that start a task at the same time, one gets the lease") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    constexpr int k_sessions = 4;
    constexpr int k_rounds = 10;
    for (int round = 0; round < k_rounds; ++round) {
      std::vector<std::future<Id>> starts;
      for (int i = 0; i < k_sessions; ++i)
        starts.push_back(std::async(std::launch::async, [&] { return start(*open(target), "hourly"); }));
      Id taken;
      int count = 0;
      for (auto& started : starts)
        if (const Id id = started.get()) {
          taken = id;
          ++count;
        }
      REQUIRE(count == 1);
      end(*session, "hourly", *taken);
    }
    CHECK(text(*session, "select count(*) from ingest_task_runs where state = 'succeeded'") == "10");
  }

  TEST_CASE_ON_EACH_STORE("a run whose lease ran out is lost, and may no longer end") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    declare(*session, "next", "sql", R"(["hourly"])", R"(["hourly"])");
    const Id old = start(*session, "hourly");
    let_lease_run_out(*session, "hourly");
    CHECK(store::renew_lease(*session, "hourly", *old));  // nobody has taken it
    CHECK_FALSE(start(*session, "hourly"));
    let_lease_run_out(*session, "hourly");
    const Id young = start(*session, "hourly");
    REQUIRE(young);
    CHECK(runs(*session) == "1 hourly lost\n2 hourly running");
    CHECK(text(*session, "select error from ingest_task_runs where finished_at is not null") ==
          "the lease of this run ran out: its process ended, or could not reach the database");

    CHECK_FALSE(store::renew_lease(*session, "hourly", *old));
    session->begin();
    CHECK_FALSE(store::finish_run(*session, "hourly", *old, {}));
    session->rollback();
    CHECK(store::fail_run(*session, "hourly", *old, {0, 0, "", "boom", ""}, 0) == 1);  // only the loss is counted
    CHECK(runs(*session) == "1 hourly lost\n2 hourly running");
    CHECK(text(*session, "select task from ingest_changes") == "");
    CHECK(store::renew_lease(*session, "hourly", *young));
    end(*session, "hourly", *young);
    CHECK(runs(*session) == "1 hourly lost\n2 hourly succeeded");
  }

  TEST_CASE_ON_EACH_STORE("a task whose runs are lost again and again waits, and is reported like one that fails") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    declare(*session, "alarm", "program", "[]", R"(["hourly"])");
    NewRun run{"hourly", "change", "", {}, "host"};
    run.retries = 1;
    REQUIRE(store::start_run(*session, run));
    let_lease_run_out(*session, "hourly");
    REQUIRE(store::start_run(*session, run));  // the first loss may be a restart of the host
    CHECK(text(*session, "select task from ingest_changes") == "");
    let_lease_run_out(*session, "hourly");
    CHECK_FALSE(store::start_run(*session, run));
    CHECK(runs(*session) == "1 hourly lost\n2 hourly lost");
    CHECK(text(*session, "select failures, run_id, retry_at > started_at from ingest_tasks where task = 'hourly'") ==
          "2 - 1");
    CHECK(text(*session, "select task, run_id from ingest_changes") == "alarm 2");
  }

  TEST_CASE_ON_EACH_STORE("the end of a run is a change of the tasks that wait for it, if it is committed") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    declare(*session, "daily", "sql", R"(["objects_detection", "hourly"])");
    declare(*session, "weekly", "sql", R"(["half_hourly", "daily"])");
    declare(*session, "alarm", "program", "[]", R"(["hourly"])");
    const Id run = start(*session, "hourly");
    session->begin();
    CHECK(store::finish_run(*session, "hourly", *run, {}));
    session->rollback();
    CHECK(runs(*session) == "1 hourly running");
    CHECK(text(*session, "select count(*) from ingest_changes") == "0");
    end(*session, "hourly", *run);
    CHECK(text(*session, "select task, file_id, attempt, run_id from ingest_changes") == "daily - - 1");
  }

  TEST_CASE_ON_EACH_STORE("failures are counted and retried later and later; after the retries other tasks are told") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    CHECK(session->exec("select retry_at from ingest_tasks").rows[0][0] == store::Value{});
    const auto fail = [&] {
      const Id run = start(*session, "hourly", "retry");
      REQUIRE(run);
      return store::fail_run(*session, "hourly", *run, {1, 4, "", "no such column", "line 1\nline 2"}, 2);
    };
    session->exec("insert into ingest_tasks (task, kind, declaration, after, after_failure, touched, origin, "
                  "declared_by, declared_at) select 'alarm', kind, declaration, '[]', '[\"hourly\"]', touched, origin, "
                  "declared_by, declared_at from ingest_tasks");
    const auto retry = [&] {
      return store::time_in(session->exec("select retry_at from ingest_tasks where task = 'hourly'").rows.at(0)[0]);
    };
    CHECK(fail() == 1);
    CHECK(text(*session, "select state, changes, touched, result, error, log from ingest_task_runs") ==
          "failed 1 4 - no such column line 1\nline 2");
    const std::int64_t first = retry() - store::server_time(*session);
    CHECK(first > 5'000'000);
    CHECK(first <= 10'000'000);
    CHECK(fail() == 2);
    CHECK(text(*session, "select count(*) from ingest_changes") == "0");
    CHECK(fail() == 3);
    CHECK(text(*session, "select task, file_id, run_id from ingest_changes") == "alarm - 3");
    CHECK(fail() == 4);
    CHECK(text(*session, "select count(*) from ingest_changes") == "1");
    const std::int64_t fourth = retry() - store::server_time(*session);
    CHECK(fourth > 75'000'000);
    CHECK(fourth <= 80'000'000);
    end(*session, "hourly", *start(*session, "hourly"));
    CHECK(text(*session, "select failures, retry_at from ingest_tasks where task = 'hourly'") == "0 -");
    CHECK(fail() == 1);
  }

  TEST_CASE_ON_EACH_STORE("a failing task is tried once an hour at least, however often it failed") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    for (const auto& [failures, seconds] : std::map<std::int64_t, std::int64_t>{{9, 2560}, {10, 3600}, {1000, 3600}}) {
      session->exec("update ingest_tasks set failures = $1", {failures - 1});
      const Id run = start(*session, "hourly");
      store::fail_run(*session, "hourly", *run, {0, 0, "", "boom", ""}, 3);
      const std::int64_t wait = seconds_until_retry(*session);
      CHECK(wait <= seconds);
      CHECK(wait > seconds - 10);
    }
  }

  TEST_CASE_ON_EACH_STORE("a run may not start its own task, also not through other runs") {
    const auto session = open_migrated(target, built_in());
    for (const char* task : {"a", "b", "c"})
      declare(*session, task);
    const Id a = start(*session, "a");
    const Id b = start(*session, "b", "command", a);
    REQUIRE(b);
    let_lease_run_out(*session, "a");
    try {
      start(*session, "a", "command", b);
      FAIL("started");
    } catch (const Error& error) {
      CHECK(std::string{error.what()} == "the task \"a\" may not start itself: run 1 of it led to this run");
      CHECK(error.hint() == "longshore task show 2 names the run that started this one");
      CHECK(error.exit() == Exit::usage);
    }
    CHECK(runs(*session) == "1 a running\n2 b running");  // nothing was changed, and no transaction is open
    CHECK(start(*session, "c", "command", b));
    CHECK(start(*session, "a", "command", 99));  // a run that was pruned
  }

  TEST_CASE_ON_EACH_STORE("a task that is not declared does not start") {
    const auto session = open_migrated(target, built_in());
    CHECK_THROWS_WITH_AS(start(*session, "hourly"), "the task \"hourly\" is not declared in the database", Error);
    CHECK_FALSE(session->in_transaction());
    CHECK(store::fail_run(*session, "hourly", 1, {0, 0, "", "boom", ""}, 3) == 0);
  }

  TEST_CASE_ON_EACH_STORE("what a program printed is stored, also if it is not text") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly");
    const Id run = start(*session, "hourly");
    store::fail_run(*session, "hourly", *run, {0, 0, "", "exit 1", std::string{"a\0b \xFF\xC3\xA4 \xC3", 9}}, 3);
    CHECK(text(*session, "select log from ingest_task_runs") == "a\xEF\xBF\xBD"
                                                                "b \xEF\xBF\xBD\xC3\xA4 \xEF\xBF\xBD");
  }

  TEST_CASE_ON_EACH_STORE("what is no declared task is recorded with one row") {
    const auto session = open_migrated(target, built_in());
    const std::int64_t began = *parse_time("2026-01-02T03:04:05Z").micros;
    store::record_run(*session, {"purge_processed", "housekeeping", "", {}, "host"}, began,
                      {0, 0, R"({"files":3})", "", ""});
    store::record_run(*session, {"purge_processed", "housekeeping", "", {}, "host"}, began, {0, 0, "", "no right", ""});
    CHECK(
        text(*session, "select task, cause, state, started_at, result, error from ingest_task_runs order by run_id") ==
        "purge_processed housekeeping succeeded 2026-01-02T03:04:05.000000Z {\"files\":3} -\n"
        "purge_processed housekeeping failed 2026-01-02T03:04:05.000000Z - no right");
  }

  TEST_CASE_ON_EACH_STORE("runs that ended long ago are deleted, never the newest and never one with the lease") {
    const auto session = open_migrated(target, built_in());
    declare(*session, "a");
    for (int i = 0; i < 3; ++i)
      end(*session, "a", *start(*session, "a"));
    end(*session, "a", *start(*session, "a"));
    store::record_run(*session, {"b", "housekeeping", "", {}, "host"}, now_micros(), {});
    const Id running = start(*session, "a");
    store::record_run(*session, {"a", "report", "", {}, "host"}, now_micros(), {});
    const std::string old = format_time(now_micros() - 2 * k_micros_a_day);
    session->exec("update ingest_task_runs set started_at = $1 where run_id <> 2", {old});
    session->exec("update ingest_task_runs set finished_at = $1 where run_id <> 2 and finished_at is not null", {old});
    store::prune_runs(*session, "a", std::chrono::hours{24 * 3});
    CHECK(text(*session, "select count(*) from ingest_task_runs") == "7");
    store::prune_runs(*session, "a", std::chrono::hours{24});
    CHECK(runs(*session) == "2 a succeeded\n5 b succeeded\n6 a running\n7 a succeeded");
    CHECK(running == 6);
  }
}

TEST_SUITE("task runs of SQL") {
  TEST_CASE("PostgreSQL: a run of SQL keeps its lease as long as its transaction is open") {
    const auto target = fresh_database();
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly", "sql");
    session->exec("create table ingest_touched_hourly (hour timestamptz, by_run bigint)");
    const auto other = open(target);
    const Id run = start(*session, "hourly");
    let_lease_run_out(*other, "hourly");
    session->begin();
    session->exec("lock table ingest_touched_hourly in share update exclusive mode");
    session->exec("set transaction isolation level repeatable read");
    session->exec("select count(*) from ingest_tasks");  // the snapshot: from here on nobody may change the task's row
    CHECK_FALSE(start(*other, "hourly"));
    CHECK(store::renew_lease(*other, "hourly", *run));
    REQUIRE(store::finish_run(*session, "hourly", *run, {}));
    session->commit();
    CHECK(runs(*session) == "1 hourly succeeded");

    const Id next = start(*session, "hourly");
    let_lease_run_out(*other, "hourly");
    session->begin();
    session->exec("lock table ingest_touched_hourly in share update exclusive mode");
    session->rollback();  // as if the process had ended
    CHECK(start(*other, "hourly") == *next + 1);
    CHECK(runs(*session) == "1 hourly succeeded\n2 hourly lost\n3 hourly running");
  }

  TEST_CASE("PostgreSQL: in a snapshot that is older than the loss of its lease a run cannot end") {
    const auto target = fresh_database();
    const auto session = open_migrated(target, built_in());
    declare(*session, "hourly", "program");
    const auto other = open(target);
    const Id run = start(*session, "hourly");
    let_lease_run_out(*other, "hourly");
    session->begin();
    session->exec("set transaction isolation level repeatable read");
    session->exec("select 1 from ingest_tasks");
    REQUIRE(start(*other, "hourly"));
    try {
      store::finish_run(*session, "hourly", *run, {});
      FAIL("ended");
    } catch (const Error& error) {
      CHECK(error.code() == "40001");
    }
    session->rollback();
    session->begin();
    CHECK_FALSE(store::finish_run(*session, "hourly", *run, {}));
    session->rollback();
  }
}
