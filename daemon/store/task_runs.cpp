#include "store/task_runs.hpp"

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/clock.hpp"
#include "store/schema_sql.hpp"
#include "store/touched.hpp"

#include <algorithm>

namespace longshore::store {
namespace {

constexpr std::chrono::seconds k_first_retry{10};
constexpr std::chrono::hours k_longest_retry{1};
constexpr auto k_lost = "the lease of this run ran out: its process ended, or could not reach the database";

// Rolls back unless it was committed.
class Transaction {
 public:
  explicit Transaction(Session& session) : m_session(session) { m_session.begin(); }
  Transaction(const Transaction&) = delete;
  ~Transaction() {
    if (!m_is_committed)
      m_session.rollback();
  }
  void commit() {
    m_session.commit();
    m_is_committed = true;
  }

 private:
  Session& m_session;
  bool m_is_committed = false;
};

// PostgreSQL stores neither a zero byte nor bytes that are not UTF-8, and a program may print both: a run that cannot
// be recorded would never end.
std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = text.front() == '\0' ? 0 : utf8_length(text);
    out += length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

Value text_or_null(std::string_view text) { return text.empty() ? Value{} : Value{storable(text)}; }
Value id_or_null(const std::optional<std::int64_t>& id) { return id ? Value{*id} : Value{}; }
Value number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

// What the row of a task says about its lease.
struct Lease {
  bool is_sql = false;
  std::optional<std::int64_t> run_id;
  bool has_run_out = false;
  std::uint64_t failures = 0;
  std::string declaration;
};

// Locks the row until the transaction ends. Nothing: the task is not declared. (SQLite: the transaction has locked
// all.)
std::optional<Lease> lock_lease(Session& session, std::string_view task) {
  const bool has_row_locks = session.engine() == Engine::postgres;
  const Rows rows = session.exec("select kind, run_id, lease_until <= " + clock_sql(session.engine()) +
                                     ", failures, declaration from ingest_tasks where task = $1" +
                                     (has_row_locks ? " for update" : ""),
                                 {std::string{task}});
  if (rows.empty())
    return {};
  const auto& row = rows.rows[0];
  const bool is_free = std::holds_alternative<std::monostate>(row[1]);
  return Lease{as_text(row[0]) == "sql", is_free ? std::nullopt : std::optional{as_int(row[1])}, as_int(row[2], 1) != 0,
               static_cast<std::uint64_t>(as_int(row[3])), as_text(row[4])};
}

// A run of SQL keeps this lock in its transaction, so it lives as long as the lock is taken, however long it takes. On
// SQLite the transaction has the write lock, without which no lease is taken.
bool is_in_transaction(Session& session, std::string_view task) {
  if (session.engine() == Engine::sqlite)
    return false;
  try {
    session.exec("lock table " + sql_name("ingest_touched_" + std::string{task}) +
                 " in share update exclusive mode nowait");
    return false;
  } catch (const Error& error) {
    if (error.code() != "55P03")
      throw;
    return true;
  }
}

// $1: a run, which is one of them.
constexpr std::string_view k_ancestors = R"(
with recursive ancestors (run_id, parent_run_id, task) as (
  select run_id, parent_run_id, task
  from ingest_task_runs
  where run_id = $1
  union
  select r.run_id, r.parent_run_id, r.task
  from ingest_task_runs r
  join ancestors a on r.run_id = a.parent_run_id
)
)";

Error not_declared(std::string_view task) {
  return Error{Fault::fatal, "the task \"" + std::string{task} + "\" is not declared in the database"}
      .with_hint("longshore task list names the declared tasks; the daemon's start and longshore migrate declare those "
                 "of the setting tasks")
      .exits(Exit::config);
}

Error declared_otherwise(std::string_view task) {
  return Error{Fault::fatal, "the database has another declaration of the task \"" + std::string{task} + "\""}
      .with_hint("longshore migrate, or the start or reload of a daemon, declares the tasks of its settings")
      .exits(Exit::config);
}

// A program may start runs of other tasks. Without this check two tasks could start each other for ever.
void refuse_own_ancestor(Session& session, const NewRun& run) {
  if (!run.parent_run_id || run.cause != "command")
    return;
  const Rows found = session.exec(std::string{k_ancestors} + R"(
select run_id
from ancestors
where task = $2
order by run_id desc
limit 1
)",
                                  {*run.parent_run_id, run.task});
  if (!found.empty())
    throw Error{Fault::fatal, "the task \"" + run.task + "\" may not start itself: run " + as_text(found.rows[0][0]) +
                                  " of it led to this run"}
        .with_hint("longshore task show " + std::to_string(*run.parent_run_id) + " names the run that started this one")
        .exits(Exit::usage);
}

// Returns false if its row had an end already: it was given up.
bool mark_lost(Session& session, std::int64_t run_id) {
  return session
             .exec("update ingest_task_runs set state = 'lost', finished_at = " + clock_sql(session.engine()) +
                       ", error = $2 where run_id = $1 and state = 'running'",
                   {run_id, std::string{k_lost}})
             .affected == 1;
}

std::int64_t insert_running(Session& session, const NewRun& run) {
  const Rows rows = session.exec(
      "insert into ingest_task_runs (parent_run_id, task, cause, parameters, state, started_at, instance) "
      "values ($1, $2, $3, $4, 'running', " +
          clock_sql(session.engine()) + ", $5) returning run_id",
      {id_or_null(run.parent_run_id), run.task, run.cause, text_or_null(run.parameters), text_or_null(run.instance)});
  return as_int(rows.rows.at(0)[0]);
}

void write_end(Session& session, std::int64_t run_id, std::string_view state, const RunEnd& end) {
  session.exec("update ingest_task_runs set state = $2, finished_at = " + clock_sql(session.engine()) +
                   ", changes = $3, touched = $4, result = $5, error = $6, log = $7 where run_id = $1",
               {run_id, std::string{state}, number(end.changes), number(end.touched), text_or_null(end.result),
                text_or_null(end.error), text_or_null(end.log)});
}

// A change for each task that names this one in `column`, a JSON array. Names have no quotes. A task that has led to
// this run gets none: a program that runs a task of its own `after` would start itself again and again.
void tell_waiting_tasks(Session& session, std::string_view column, std::string_view task, std::int64_t run_id) {
  const std::string list{column};
  session.exec(std::string{k_ancestors} + R"(
insert into ingest_changes (task, run_id)
select task, $1
from ingest_tasks
where replace()" + list +
                   ", $2, '') <> " + list + R"(
  and task not in (select task from ancestors)
)",
               {run_id, "\"" + std::string{task} + "\""});
}

std::chrono::seconds retry_delay(std::uint64_t failures) {
  const auto doubled = k_first_retry * (1LL << std::min<std::uint64_t>(failures - 1, 20));
  return std::min<std::chrono::seconds>(doubled, k_longest_retry);
}

// A run that was lost with its process may have been the cause: SQL that needs too much memory ends the server. Returns
// true if it must wait, because the run before it had no success either.
bool count_loss(Session& session, std::string_view task, const Lease& lease, unsigned retries) {
  const std::uint64_t failures = lease.failures + 1;
  if (failures == std::uint64_t{retries} + 1)
    tell_waiting_tasks(session, "after_failure", task, *lease.run_id);
  session.exec("update ingest_tasks set failures = $2, run_id = null, lease_until = null, retry_at = " +
                   clock_sql(session.engine(), retry_delay(failures)) + " where task = $1",
               {std::string{task}, number(failures)});
  return failures > 1;
}

}  // namespace

std::optional<std::int64_t> start_run(Session& session, const NewRun& run) {
  Transaction transaction{session};
  const std::optional<Lease> lease = lock_lease(session, run.task);
  if (!lease)
    throw not_declared(run.task);
  if (!run.declaration.empty() && run.declaration != lease->declaration)
    throw declared_otherwise(run.task);
  refuse_own_ancestor(session, run);
  if (lease->run_id) {
    if (!lease->has_run_out || (lease->is_sql && is_in_transaction(session, run.task)))
      return {};
    if (mark_lost(session, *lease->run_id) && count_loss(session, run.task, *lease, run.retries)) {
      transaction.commit();
      return {};
    }
  }
  const std::int64_t run_id = insert_running(session, run);
  session.exec("update ingest_tasks set run_id = $2, started_at = " + clock_sql(session.engine()) +
                   ", lease_until = " + clock_sql(session.engine(), k_task_lease) + " where task = $1",
               {run.task, run_id});
  crash_point("before_run_start", run.task);
  transaction.commit();
  crash_point("after_run_start", run.task);
  return run_id;
}

// Never writes for a run of SQL, whose REPEATABLE READ transaction could not end the run after a change of this row.
// Its open transaction keeps the lease.
bool renew_lease(Session& session, std::string_view task, std::int64_t run_id) {
  const Rows renewed =
      session.exec("update ingest_tasks set lease_until = " + clock_sql(session.engine(), k_task_lease) +
                       " where task = $1 and run_id = $2 and kind = 'program'",
                   {std::string{task}, run_id});
  return renewed.affected == 1 || has_lease(session, task, run_id);
}

bool has_lease(Session& session, std::string_view task, std::int64_t run_id) {
  return !session.exec("select 1 from ingest_tasks where task = $1 and run_id = $2", {std::string{task}, run_id})
              .empty();
}

bool finish_run(Session& session, std::string_view task, std::int64_t run_id, const RunEnd& end) {
  const std::string now = clock_sql(session.engine());
  // First, because it decides: a process that took the lease has changed this row. Under REPEATABLE READ that may also be
  // Error{contention}.
  const Rows freed =
      session.exec("update ingest_tasks set run_id = null, lease_until = null, failures = 0, retry_at = null, "
                   "finished_at = " +
                       now + " where task = $1 and run_id = $2",
                   {std::string{task}, run_id});
  if (freed.affected != 1)
    return false;
  write_end(session, run_id, "succeeded", end);
  tell_waiting_tasks(session, "after", task, run_id);
  return true;
}

std::uint64_t fail_run(Session& session, std::string_view task, std::int64_t run_id, const RunEnd& end,
                       unsigned retries) {
  Transaction transaction{session};
  const std::optional<Lease> lease = lock_lease(session, task);
  if (!lease || lease->run_id != run_id)
    return lease ? lease->failures : 0;  // the row is `lost`, or the task was dropped
  const std::uint64_t failures = lease->failures + 1;
  session.exec("update ingest_tasks set run_id = null, lease_until = null, failures = $2, finished_at = " +
                   clock_sql(session.engine()) + ", retry_at = " + clock_sql(session.engine(), retry_delay(failures)) +
                   " where task = $1",
               {std::string{task}, number(failures)});
  write_end(session, run_id, "failed", end);
  if (failures == std::uint64_t{retries} + 1)
    tell_waiting_tasks(session, "after_failure", task, run_id);
  transaction.commit();
  return failures;
}

void fail_command(Session& session, std::string_view task, std::int64_t run_id, const RunEnd& end) {
  Transaction transaction{session};
  const std::optional<Lease> lease = lock_lease(session, task);
  if (!lease || lease->run_id != run_id)
    return;
  session.exec("update ingest_tasks set run_id = null, lease_until = null, finished_at = " +
                   clock_sql(session.engine()) + " where task = $1",
               {std::string{task}});
  session.exec(use_keys_sql(task), {std::string{task}});
  write_end(session, run_id, "failed", end);
  transaction.commit();
}

// The lease ends now, but stays in the row, so that the scheduler sees that this work is to be done again.
void abandon_run(Session& session, std::string_view task, std::int64_t run_id, std::string_view why) {
  Transaction transaction{session};
  const Rows given_up = session.exec("update ingest_tasks set lease_until = " + clock_sql(session.engine()) +
                                         " where task = $1 and run_id = $2",
                                     {std::string{task}, run_id});
  if (given_up.affected == 1)
    session.exec("update ingest_task_runs set state = 'lost', finished_at = " + clock_sql(session.engine()) +
                     ", error = $2 where run_id = $1",
                 {run_id, std::string{why}});
  transaction.commit();
}

// Such work has no changes and no keys.
void record_run(Session& session, const NewRun& run, std::int64_t started_at, const RunEnd& end) {
  session.exec("insert into ingest_task_runs (parent_run_id, task, cause, parameters, state, started_at, finished_at, "
               "result, error, log, instance) values ($1, $2, $3, $4, $5, $6, " +
                   clock_sql(session.engine()) + ", $7, $8, $9, $10)",
               {id_or_null(run.parent_run_id), run.task, run.cause, text_or_null(run.parameters),
                std::string{end.error.empty() ? "succeeded" : "failed"}, format_time(started_at),
                text_or_null(end.result), text_or_null(end.error), text_or_null(end.log), text_or_null(run.instance)});
}

// Looks at the oldest rows only, by the index: a busy task has millions, and this follows each of its runs. A row may
// be `running` for ever if its task was dropped during the run: only a lease shows that it lives.
void prune_runs(Session& session, std::string_view task, std::chrono::milliseconds age) {
  session.exec("delete from ingest_task_runs where run_id in (select run_id from ingest_task_runs where task = $1 "
               "order by run_id limit 1000) and coalesce(finished_at, started_at) < " +
                   clock_sql(session.engine(), -age) +
                   " and run_id < (select max(run_id) from ingest_task_runs where task = $1)"
                   " and run_id not in (select run_id from ingest_tasks where run_id is not null)",
               {std::string{task}});
}

}  // namespace longshore::store
