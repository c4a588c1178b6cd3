#include "tasks/sql_run.hpp"

#include "base/crash_point.hpp"
#include "store/user_script.hpp"
#include "tasks/result_json.hpp"

namespace longshore::tasks {
namespace {

constexpr std::size_t k_most_result_rows = 1000;

void make_parameters(store::Session& session, const Parameters& parameters) {
  const bool is_postgres = session.engine() == store::Engine::postgres;
  session.exec_script(std::string{"create temporary table parameters (name text, value text)"} +
                      (is_postgres ? " on commit drop" : ""));
  for (const auto& [name, value] : parameters)
    session.exec("insert into parameters (name, value) values ($1, $2)", {name, value});
}

}  // namespace

store::RunEnd run_sql(store::Session& session, const Task& task, const store::TaskKeys& keys, std::int64_t run_id,
                      const Parameters& parameters, std::chrono::milliseconds timeout) {
  session.begin_snapshot(store::lock_touched_sql(task.name));
  crash_point("task_begun");
  if (session.engine() == store::Engine::postgres)
    session.exec("set local statement_timeout = " + std::to_string(timeout.count()));
  const store::Taken taken = store::make_touched(session, keys);
  make_parameters(session, parameters);
  crash_point("task_touched");
  const auto statements = store::run_user_script(session, task.sql.of(session.engine()), k_most_result_rows);
  crash_point("task_worked");
  store::delete_used(session, keys, taken);
  session.exec_script("drop table parameters");
  store::RunEnd end;
  end.changes = taken.changes;
  end.touched = taken.touched;
  end.result = result_json(statements);
  if (!store::finish_run(session, task.name, run_id, end))
    throw Error{Fault::contention, "another process took its lease"};
  session.commit();
  crash_point("task_committed");
  return end;
}

}  // namespace longshore::tasks
