// The work of a run of SQL: one transaction, from the keys to the row of the run.
#pragma once

#include "store/task_runs.hpp"
#include "store/tasks.hpp"
#include "tasks/run_task.hpp"

#include <chrono>
#include <cstdint>

namespace longshore::tasks {

// Commits. The statements see the temporary tables `touched`, with the keys, and `parameters` (name, value). The result
// is the rows of the last statement if it returns some, else the rows that each statement changed. Throws what the
// session throws, and Error{fatal} if the script ends its transaction; the caller rolls back. Throws Error{contention}
// if the run has lost its lease.
store::RunEnd run_sql(store::Session& session, const Task& task, const store::TaskKeys& keys, std::int64_t run_id,
                      const Parameters& parameters, std::chrono::milliseconds timeout);

}  // namespace longshore::tasks
