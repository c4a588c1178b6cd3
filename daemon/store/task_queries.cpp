#include "store/task_queries.hpp"

#include <utility>
#include <vector>

namespace longshore::store {

bool has_tasks(Session& session) { return !session.table_columns("ingest_tasks").empty(); }

Rows read_tasks(Session& session, std::string_view task) {
  return session.exec(R"(
select t.task, t.kind,
       case when last.run_id = t.run_id and last.state = 'running' then 'running'
            when t.failures > 0 then 'failing'
            when waiting.changes > 0 or t.run_id is not null then 'waiting'
            else 'idle' end as state,
       coalesce(waiting.changes, 0) as changes, t.failures, t.retry_at,
       last.run_id, last.cause, last.state as run_state, last.started_at, last.finished_at, last.error,
       (
         select finished_at
         from ingest_task_runs r
         where r.task = t.task and r.state = 'succeeded'
         order by run_id desc
         limit 1
       ) as succeeded_at,
       t.after, t.after_failure, t.touched, t.origin, t.declared_by, t.declared_at
from ingest_tasks t
left join (select task, count(*) as changes from ingest_changes group by task) waiting on waiting.task = t.task
left join ingest_task_runs last
  on last.run_id = (select max(run_id) from ingest_task_runs r where r.task = t.task)
where $1 = '' or t.task = $1
order by t.task
)",
                      {std::string{task}});
}

std::vector<TaskStatus> task_statuses(Session& session) {
  std::vector<TaskStatus> tasks;
  const Rows rows = session.exec(R"(
select t.task, (select count(*) from (select 1 from ingest_changes c where c.task = t.task limit 100000) counted),
       t.failures,
       (
         select finished_at
         from ingest_task_runs r
         where r.task = t.task and r.state = 'succeeded'
         order by run_id desc
         limit 1
       )
from ingest_tasks t
order by t.task
)");
  tasks.reserve(rows.size());
  for (const auto& row : rows.rows)
    tasks.push_back({as_text(row[0]), static_cast<std::uint64_t>(as_int(row[1])),
                     static_cast<std::uint64_t>(as_int(row[2])),
                     as_text(row[3]).empty() ? std::nullopt : std::optional{time_in(row[3])}});
  return tasks;
}

Rows read_runs(Session& session, const RunQuery& query, std::string_view columns) {
  std::vector<Value> params;
  std::string conditions;
  const auto add = [&](std::string_view condition, Value value) {
    params.push_back(std::move(value));
    conditions += (conditions.empty() ? " where " : " and ") + std::string{condition} + std::to_string(params.size());
  };
  if (!query.task.empty())
    add("task = $", query.task);
  if (!query.state.empty())
    add("state = $", query.state);
  if (query.since)
    add("started_at >= $", *query.since);
  if (query.run_id)
    add("run_id = $", *query.run_id);
  if (query.parent)
    add("parent_run_id = $", *query.parent);
  params.emplace_back(static_cast<std::int64_t>(query.limit));
  return session.exec("select " + std::string{columns} + " from ingest_task_runs" + conditions +
                          " order by run_id desc limit $" + std::to_string(params.size()),
                      params);
}

}  // namespace longshore::store
