// The table ingest_task_runs: each execution of a task, and the lease in ingest_tasks that lets one run of a task exist
// at a time, in all processes. Times and leases are of the database's clock.
#pragma once

#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

// Renew at least three times in this time.
inline constexpr std::chrono::seconds k_task_lease{60};

struct NewRun {
  std::string task;
  std::string cause;       // change, task, failure, every, retry, command
  std::string parameters;  // a JSON object; "": none
  std::optional<std::int64_t> parent_run_id;
  std::string instance;
  std::string declaration{};  // that of the caller; "": not compared
  unsigned retries = 3;       // of the declaration
};

struct RunEnd {
  std::uint64_t changes = 0;
  std::uint64_t touched = 0;
  std::string result;  // JSON; "": none
  std::string error;   // "": it succeeded
  std::string log;     // standard error of a program; "": none
};

// In a transaction of its own: takes the lease and inserts the row with state `running`. A run whose lease has run out
// is marked `lost`; if that was not the first time in a row, it counts as a failure, and nothing starts before
// retry_at. Returns nothing if another run has the lease. Throws Error{fatal, Exit::usage} if a command is to run the
// task and an ancestor of its `parent_run_id` is a run of the same task, and Error{fatal, Exit::config} if the task is
// not declared, or with another declaration.
std::optional<std::int64_t> start_run(Session& session, const NewRun& run);
// Returns false if the run has lost its lease: its work must not be committed.
bool renew_lease(Session& session, std::string_view task, std::int64_t run_id);
// The same without renewing it.
bool has_lease(Session& session, std::string_view task, std::int64_t run_id);
// In the open transaction: the row gets the state `succeeded`, and the lease is free. Each task that names this one in
// `after` gets a change. Returns false, without an effect, if the run has lost its lease: roll back then.
bool finish_run(Session& session, std::string_view task, std::int64_t run_id, const RunEnd& end);
// In a transaction of its own: `failed`; counts the failure and sets retry_at: 10 s, doubled by each further failure,
// at most an hour. At the failure number `retries` + 1 each task that names this one in `after_failure` gets a change.
// Returns the number of failures in a row.
std::uint64_t fail_run(Session& session, std::string_view task, std::int64_t run_id, const RunEnd& end,
                       unsigned retries);
// The same for a run that a person started: it is not counted, and not repeated, because it may have had parameters.
// What it left to do is left for the next run.
void fail_command(Session& session, std::string_view task, std::int64_t run_id, const RunEnd& end);
// In a transaction of its own: the run was ended before it could do its work, and is no failure of the task. Its row
// gets the state `lost`, and the next run may start at once.
void abandon_run(Session& session, std::string_view task, std::int64_t run_id, std::string_view why);
// A row for something that is no declared task: housekeeping, a report. One statement. changes and touched stay null.
void record_run(Session& session, const NewRun& run, std::int64_t started_at, const RunEnd& end);
// Deletes runs of this task that ended more than `age` ago, oldest first, at most 1000 at a time, but never its newest.
void prune_runs(Session& session, std::string_view task, std::chrono::milliseconds age);

}  // namespace longshore::store
