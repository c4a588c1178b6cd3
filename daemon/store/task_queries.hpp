// Reads tasks and their runs for listings and metrics. One statement for both engines. Throws as Session::exec() does.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

// Returns false if the tables of tasks do not exist yet.
bool has_tasks(Session& session);

// The declared tasks, by name: task, kind, state, changes, failures, retry_at, run_id, cause, run_state, started_at,
// finished_at, error, succeeded_at, after, after_failure, touched, origin, declared_by, declared_at.
// `state` is running, failing, waiting (changes, or the work of a lost run, wait for it) or idle. `changes` are those
// that no run has used. run_id to error are of the newest run; succeeded_at is the end of the newest that succeeded.
// "": all tasks.
Rows read_tasks(Session& session, std::string_view task);

// What metrics show of a task.
struct TaskStatus {
  std::string task;
  std::uint64_t changes = 0;                 // that no run has used; at most 100 000 are counted
  std::uint64_t failures = 0;                // in a row
  std::optional<std::int64_t> succeeded_at;  // as in base/time.hpp
};
std::vector<TaskStatus> task_statuses(Session& session);

struct RunQuery {
  std::string task{};                    // "": any
  std::string state{};                   // "": any
  std::optional<std::string> since{};    // canonical time: started then or later
  std::optional<std::int64_t> run_id{};  // only this one
  std::optional<std::int64_t> parent{};  // only runs that this run caused
  std::uint64_t limit = 50;
};
inline constexpr std::string_view k_run_columns =
    "run_id, parent_run_id, task, cause, parameters, state, started_at, finished_at, changes, touched, result, error, "
    "instance";
// `columns` of the matching rows, newest first.
Rows read_runs(Session& session, const RunQuery& query, std::string_view columns = k_run_columns);

}  // namespace longshore::store
