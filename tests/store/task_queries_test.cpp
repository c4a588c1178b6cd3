#include "store/task_queries.hpp"

#include "base/time.hpp"
#include "store/task_runs.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string at(const store::Rows& rows, std::size_t row, std::string_view column) {
  for (std::size_t i = 0; i < rows.columns.size(); ++i)
    if (rows.columns[i] == column)
      return store::as_text(rows.rows.at(row)[i]);
  return "no column " + std::string{column};
}

void declare(store::Session& session, const std::string& task) {
  session.exec("insert into ingest_tasks (task, kind, declaration, after, after_failure, touched, origin, declared_by, "
               "declared_at) values ($1, 'program', 'd', '[\"doors\"]', '[]', '[]', 'test', 'test', $2)",
               {task, format_time(now_micros())});
}

std::int64_t start(store::Session& session, const std::string& task, std::optional<std::int64_t> parent = {}) {
  const auto run_id = store::start_run(session, {task, "command", "", parent, "host"});
  REQUIRE(run_id);
  return *run_id;
}

void finish(store::Session& session, const std::string& task, std::int64_t run_id) {
  session.begin();
  REQUIRE(store::finish_run(session, task, run_id, {1, 1, R"({"rows":1})", "", ""}));
  session.commit();
}

std::string ids(const store::Rows& rows) {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out += (i > 0 ? " " : "") + at(rows, i, "run_id");
  return out;
}

}  // namespace

TEST_CASE_ON_EACH_STORE("tasks are listed with their state, their changes and their newest run") {
  const auto session = open_migrated(target, built_in());
  CHECK(store::has_tasks(*session));
  for (const char* task : {"a", "b", "c", "d"})
    declare(*session, task);
  session->exec("insert into ingest_changes (task, file_id) values ('b', 1), ('b', 2), ('c', 1)");
  finish(*session, "c", start(*session, "c"));
  const std::string succeeded = at(store::read_tasks(*session, "c"), 0, "finished_at");
  store::fail_run(*session, "c", start(*session, "c"), {0, 0, "", "no such column", ""}, 3);
  const std::int64_t running = start(*session, "d");

  const store::Rows tasks = store::read_tasks(*session, "");
  REQUIRE(tasks.size() == 4);
  CHECK(at(tasks, 0, "state") == "idle");
  CHECK(at(tasks, 0, "run_id") == "");
  CHECK(at(tasks, 0, "after") == R"(["doors"])");
  CHECK(at(tasks, 0, "changes") == "0");
  CHECK(at(tasks, 1, "state") == "waiting");
  CHECK(at(tasks, 1, "changes") == "2");
  CHECK(at(tasks, 2, "state") == "failing");
  CHECK(at(tasks, 2, "failures") == "1");
  CHECK(at(tasks, 2, "run_id") == "2");
  CHECK(at(tasks, 2, "run_state") == "failed");
  CHECK(at(tasks, 2, "error") == "no such column");
  CHECK(at(tasks, 2, "succeeded_at") == succeeded);
  CHECK(at(tasks, 3, "state") == "running");
  CHECK(at(tasks, 3, "run_state") == "running");
  store::abandon_run(*session, "d", running, "the daemon stopped");
  CHECK(at(store::read_tasks(*session, "d"), 0, "state") == "waiting");
  CHECK(at(store::read_tasks(*session, "d"), 0, "run_state") == "lost");
  CHECK(store::read_tasks(*session, "b").size() == 1);
  CHECK(store::read_tasks(*session, "e").empty());
}

TEST_CASE_ON_EACH_STORE("the metrics of tasks come from the database") {
  const auto session = open_migrated(target, built_in());
  CHECK(store::task_statuses(*session).empty());
  declare(*session, "a");
  declare(*session, "b");
  finish(*session, "b", start(*session, "b"));
  const std::int64_t succeeded = *parse_time(at(store::read_tasks(*session, "b"), 0, "finished_at")).micros;
  store::fail_run(*session, "b", start(*session, "b"), {0, 0, "", "boom", ""}, 3);
  session->exec("insert into ingest_changes (task, file_id) values ('b', 1), ('b', 2)");
  const auto tasks = store::task_statuses(*session);
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].task == "a");
  CHECK(tasks[0].changes == 0);
  CHECK_FALSE(tasks[0].succeeded_at);
  CHECK(tasks[1].changes == 2);
  CHECK(tasks[1].failures == 1);
  CHECK(tasks[1].succeeded_at == succeeded);
}

TEST_CASE_ON_EACH_STORE("runs are found by task, state, begin, id and the run that caused them, newest first") {
  const auto session = open_migrated(target, built_in());
  declare(*session, "a");
  declare(*session, "b");
  const std::int64_t first = start(*session, "a");
  finish(*session, "b", start(*session, "b", first));
  store::fail_run(*session, "b", start(*session, "b", first), {0, 0, "", "boom", "log"}, 3);
  finish(*session, "a", first);
  const auto find = [&](const store::RunQuery& query) { return ids(store::read_runs(*session, query)); };
  CHECK(find({}) == "3 2 1");
  CHECK(find({.limit = 2}) == "3 2");
  CHECK(find({.task = "b"}) == "3 2");
  CHECK(find({.state = "succeeded"}) == "2 1");
  CHECK(find({.task = "b", .state = "failed"}) == "3");
  CHECK(find({.parent = first}) == "3 2");
  CHECK(find({.run_id = 2}) == "2");
  CHECK(find({.run_id = 9}) == "");
  session->exec("update ingest_task_runs set started_at = '2020-01-01T00:00:00Z' where run_id = 1");
  CHECK(find({.since = "2021-01-01T00:00:00.000000Z"}) == "3 2");
  CHECK(store::as_text(store::read_runs(*session, {.run_id = 3}, "log").rows.at(0)[0]) == "log");
}
