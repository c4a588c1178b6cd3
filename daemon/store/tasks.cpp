#include "store/tasks.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/changes.hpp"
#include "store/clock.hpp"
#include "store/declarations.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

namespace longshore::store {
namespace {

constexpr int k_tries = 10;  // each waits for the lock timeout, 5 s: loads of large files take their time
constexpr auto k_pause = std::chrono::milliseconds{500};

std::string json_list(std::span<const std::string> names) {
  std::string json = "[";
  for (const std::string& name : names) {
    json += json.size() == 1 ? "" : ",";
    json += '"' + name + '"';
  }
  return json + ']';
}

std::map<std::string, std::string> read_declared(Session& session) {
  std::map<std::string, std::string> declared;
  for (const auto& row : session.exec("select task, declaration from ingest_tasks").rows)
    declared[as_text(row[0])] = as_text(row[1]);
  return declared;
}

bool is_in_force(const std::map<std::string, std::string>& declared, const DeclaredTask& task) {
  const auto there = declared.find(task.keys.task);
  return there != declared.end() && there->second == task.declaration;
}

std::vector<std::string> feeds_of(const TaskKeys& keys) {
  std::vector<std::string> feeds;
  feeds.reserve(keys.sources.size());
  for (const TaskSource& source : keys.sources)
    feeds.push_back(source.feed);
  std::ranges::sort(feeds);
  return feeds;
}

std::vector<std::string> recorded_feeds(Session& session, const std::string& task) {
  std::vector<std::string> feeds;
  for (const auto& row : session.exec("select feed from ingest_task_feeds where task = $1 order by feed", {task}).rows)
    feeds.push_back(as_text(row[0]));
  std::ranges::sort(feeds);
  return feeds;
}

enum class Before {
  none,        // the task is new
  other_rows,  // its changes and keys are of other feeds or columns
  same_rows,
};

Before declared_before(Session& session, const DeclaredTask& task) {
  const Rows found = session.exec("select touched from ingest_tasks where task = $1", {task.keys.task});
  if (found.empty())
    return Before::none;
  const bool is_same = as_text(found.rows[0][0]) == json_of(task.keys.keys) &&
                       recorded_feeds(session, task.keys.task) == feeds_of(task.keys);
  return is_same ? Before::same_rows : Before::other_rows;
}

// PostgreSQL finds the rows of a file by BRIN. Before loads are locked out: it takes long for a large table.
void index_file_ids(Session& session, const TaskKeys& keys) {
  if (session.engine() != Engine::sqlite || keys.keys.empty())
    return;
  for (const TaskSource& source : keys.sources)
    if (source.feed != k_ledger_feed)
      session.exec("create index if not exists " + sql_name(source.table + "_file_id") + " on " +
                   sql_name(source.table) + " (file_id)");
}

// The roles of schema/roles.sql: that of task_database, and the one that replays.
void grant_to_roles(Session& session, const std::string& task) {
  if (session.engine() != Engine::postgres)
    return;
  const auto grant = [&](const std::string& right, const std::string& role) {
    if (!session.exec("select 1 where to_regrole($1) is not null", {role}).empty())
      session.exec("grant " + right + " on " + sql_name(touched_table(task)) + " to " + role);
  };
  grant("all", "longshore_tasks");
  grant("insert", "longshore_operator");
}

// Drops no table that a new task finds under its name: it is not longshore's.
void replace_rows(Session& session, const DeclaredTask& task, Before before) {
  const std::string& name = task.keys.task;
  session.exec("delete from ingest_task_feeds where task = $1", {name});
  for (const std::string& feed : feeds_of(task.keys))
    session.exec("insert into ingest_task_feeds (feed, task) values ($1, $2)", {feed, name});
  if (before == Before::other_rows)
    session.exec_script("drop table if exists " + sql_name(touched_table(name)));
  session.exec_script(create_touched_table_sql(session.engine(), task.keys));
  grant_to_roles(session, name);
  session.exec("delete from ingest_changes where task = $1", {name});
  if (!task.keys.sources.empty())
    session.exec("insert into ingest_changes (task, file_id, attempt) values ($1, 0, 0)", {name});
}

// A run of SQL keeps the lock of its keys until its end. Throws contention if there is one: it must not be waited for
// with loads locked out.
void require_no_run(Session& session, const std::string& task) {
  if (session.engine() == Engine::sqlite || session.table_columns(touched_table(task)).empty())
    return;
  session.begin();
  session.exec(lock_touched_sql(task) + " nowait");
  session.rollback();
}

// In a transaction with loads locked out, and before any row of the task is changed: a run changes them in this order.
void lock_out_runs(Session& session, const std::string& task) {
  if (session.engine() == Engine::postgres && !session.table_columns(touched_table(task)).empty())
    session.exec(lock_touched_sql(task));
}

// A run that is under way works by another declaration: it must not use the changes.
void end_run(Session& session, const std::string& task, const std::string& why) {
  session.exec(R"(
update ingest_task_runs
set state = 'lost', finished_at = $2, error = $3
where state = 'running' and run_id = (select run_id from ingest_tasks where task = $1)
)",
               {task, format_time(server_time(session)), why});
}

void declare(Session& session, const DeclaredTask& task, const std::string& declared_by) {
  const Before before = declared_before(session, task);
  if (before != Before::none) {
    lock_out_runs(session, task.keys.task);
    end_run(session, task.keys.task, "the task was declared again");
  }
  session.exec(R"(
insert into ingest_tasks (task, kind, declaration, after, after_failure, touched, origin, declared_by, declared_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (task) do update
set kind = excluded.kind, declaration = excluded.declaration, after = excluded.after,
    after_failure = excluded.after_failure, touched = excluded.touched, origin = excluded.origin,
    declared_by = excluded.declared_by, declared_at = excluded.declared_at, failures = 0, retry_at = null,
    run_id = null, lease_until = null
)",
               {task.keys.task, task.kind, task.declaration, json_list(task.after), json_list(task.after_failure),
                json_of(task.keys.keys), task.origin, declared_by, format_time(now_micros())});
  if (before != Before::same_rows)
    replace_rows(session, task, before);
  else
    session.exec(use_keys_sql(task.keys.task), {task.keys.task});
}

std::vector<std::string> declare_once(Session& session, std::span<const DeclaredTask> tasks,
                                      const std::string& declared_by) {
  const auto known = read_declared(session);
  for (const DeclaredTask& task : tasks)
    if (!is_in_force(known, task)) {
      require_no_run(session, task.keys.task);
      index_file_ids(session, task.keys);
    }
  std::vector<std::string> changes;
  session.begin();
  lock_out_loaders(session);
  const auto declared = read_declared(session);
  for (const DeclaredTask& task : tasks)
    if (!is_in_force(declared, task)) {
      declare(session, task, declared_by);
      changes.push_back("task " + task.keys.task);
    }
  session.commit();
  return changes;
}

// Runs again after a lost lock.
template <class Work>
auto repeated(Session& session, Work work) {
  for (int attempt = 1;; ++attempt) {
    try {
      return work();
    } catch (const Error& error) {
      session.rollback();
      if (error.fault() != Fault::contention || attempt == k_tries)
        throw;
      log::debug("tasks: waiting for the loads under way: {}", error.what());
      std::this_thread::sleep_for(k_pause);
    }
  }
}

std::optional<std::int64_t> time_or_none(const Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::nullopt : std::optional{time_in(value)};
}

}  // namespace

std::vector<std::string> undeclared_tasks(Session& session, std::span<const DeclaredTask> tasks) {
  std::vector<std::string> names;
  if (tasks.empty())
    return names;
  const auto declared = read_declared(session);
  for (const DeclaredTask& task : tasks)
    if (!is_in_force(declared, task))
      names.push_back(task.keys.task);
  return names;
}

void require_declared(Session& session, std::span<const DeclaredTask> tasks) {
  std::string missing;
  for (const std::string& task : undeclared_tasks(session, tasks))
    missing += (missing.empty() ? "" : ", ") + task;
  if (!missing.empty())
    throw Error{Fault::fatal, "the database lacks this declaration of the tasks: " + missing}
        .with_hint("longshore migrate")
        .exits(Exit::config);
}

std::vector<std::string> declare_tasks(Session& session, std::span<const DeclaredTask> tasks,
                                       const std::string& declared_by) {
  if (undeclared_tasks(session, tasks).empty())
    return {};
  return repeated(session, [&] { return declare_once(session, tasks, declared_by); });
}

std::vector<std::string> idle_tasks(Session& session) {
  std::vector<std::string> names;
  for (const auto& row : session
                             .exec(R"(
select task
from ingest_tasks t
where coalesce(started_at, declared_at) < $1 and exists (select 1 from ingest_changes c where c.task = t.task)
order by task
)",
                                   {format_time(server_time(session) - k_micros_a_day)})
                             .rows)
    names.push_back(as_text(row[0]));
  return names;
}

bool drop_task(Session& session, const std::string& task) {
  return repeated(session, [&] {
    require_no_run(session, task);
    session.begin();
    lock_out_loaders(session);
    lock_out_runs(session, task);
    end_run(session, task, "the task was dropped");
    if (session.exec("delete from ingest_tasks where task = $1", {task}).affected == 0) {
      session.rollback();
      return false;
    }
    session.exec("delete from ingest_task_feeds where task = $1", {task});
    session.exec("delete from ingest_changes where task = $1", {task});
    session.exec_script("drop table if exists " + sql_name(touched_table(task)));
    session.commit();
    return true;
  });
}

bool change_all(Session& session, const std::string& task) {
  return session
             .exec(R"(
insert into ingest_changes (task, file_id, attempt)
select task, 0, 0
from ingest_tasks
where task = $1
)",
                   {task})
             .affected == 1;
}

const TaskState* TaskStates::find(const std::string& task) const {
  const auto found = std::ranges::find(tasks, task, &TaskState::task);
  return found == tasks.end() ? nullptr : &*found;
}

TaskStates read_task_states(Session& session) {
  TaskStates states{server_time(session), {}};
  const Rows found = session.exec(fmt::format(R"(
select t.task, t.declaration, t.failures, t.retry_at, t.started_at, t.finished_at, t.run_id, t.lease_until,
       (select count(*) from (select 1 from ingest_changes c where c.task = t.task limit {0}) counted),
       (select max(c.file_id) from (select file_id from ingest_changes where task = t.task limit {0}) c),
       (select max(c.run_id) from (select run_id from ingest_changes where task = t.task limit {0}) c)
from ingest_tasks t
order by t.task
)",
                                              k_most_counted_changes));
  for (const auto& row : found.rows) {
    TaskState& state = states.tasks.emplace_back();
    state.task = as_text(row[0]);
    state.declaration = as_text(row[1]);
    state.failures = static_cast<std::uint64_t>(as_int(row[2]));
    state.retry_at = time_or_none(row[3]);
    state.started_at = time_or_none(row[4]);
    state.finished_at = time_or_none(row[5]);
    const bool has_run = !std::holds_alternative<std::monostate>(row[6]);
    const auto lease_until = time_or_none(row[7]);
    state.is_running = has_run && lease_until && *lease_until >= states.now;
    state.is_lost = has_run && !state.is_running;
    state.changes = static_cast<std::uint64_t>(as_int(row[8]));
    state.has_files = !std::holds_alternative<std::monostate>(row[9]);
    if (!std::holds_alternative<std::monostate>(row[10]))
      state.parent_run_id = as_int(row[10]);
  }
  return states;
}

}  // namespace longshore::store
