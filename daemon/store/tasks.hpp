// The tables ingest_tasks and ingest_task_feeds: the declaration of each task that is in force for the database, and
// the state of each. The last process that migrated, started or reloaded decides, as for feeds.
#pragma once

#include "store/store.hpp"
#include "store/touched.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore::store {

struct DeclaredTask {
  TaskKeys keys;     // with the name of the task
  std::string kind;  // sql, program
  std::string declaration;
  std::vector<std::string> after;  // feeds and tasks, as declared
  std::vector<std::string> after_failure;
  std::string origin;
};

// Declares the tasks whose declaration the database does not have. A task that is new, or has other feeds or keys than
// before, gets a change of all rows: its first run sees old data too. On PostgreSQL this waits for the loads under way,
// so that each of them is among the old data or adds a change. Throws contention if a task runs, or loads take too
// long. Returns one text for each task: "task NAME".
std::vector<std::string> declare_tasks(Session& session, std::span<const DeclaredTask> tasks,
                                       const std::string& declared_by);
// Throws Error{fatal, Exit::config} if the database lacks one of these declarations.
void require_declared(Session& session, std::span<const DeclaredTask> tasks);
// Names of the tasks whose declaration the database does not have.
std::vector<std::string> undeclared_tasks(Session& session, std::span<const DeclaredTask> tasks);
// Declared tasks that no process has run for a day although changes wait: nobody has their declaration any more.
std::vector<std::string> idle_tasks(Session& session);
// Returns false if the database has no such task. The tables that its SQL has made stay.
bool drop_task(Session& session, const std::string& task);
// Adds a change of all rows. Returns false if the database has no such task.
bool change_all(Session& session, const std::string& task);

// What decides when a task runs. Times by the database's clock.
struct TaskState {
  std::string task;
  std::string declaration;
  std::uint64_t changes = 0;                  // rows of ingest_changes; at most k_most_counted_changes
  bool has_files = false;                     // one of them is of a file
  std::optional<std::int64_t> parent_run_id;  // one of them is the end of this run
  std::uint64_t failures = 0;                 // in a row
  std::optional<std::int64_t> retry_at;
  std::optional<std::int64_t> started_at;  // of the newest run
  std::optional<std::int64_t> finished_at;
  bool is_running = false;  // a run has the lease
  bool is_lost = false;     // the lease of a run has run out
};
inline constexpr std::uint64_t k_most_counted_changes = 1000;

struct TaskStates {
  std::int64_t now = 0;
  std::vector<TaskState> tasks;

  const TaskState* find(const std::string& task) const;
};
TaskStates read_task_states(Session& session);

}  // namespace longshore::store
