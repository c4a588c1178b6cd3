// Rows of ingest_task_runs for work that is no declared task: a step of housekeeping, a report.
#pragma once

#include "store/store.hpp"
#include "store/task_runs.hpp"

#include <chrono>

namespace longshore::store {

// Writes a row that ends now, by the database's clock, and began `took` before. Then deletes rows of the same task that
// are older than `keep` (0: none); a role that may not delete leaves them, with one warning per process. Throws what
// the session throws if the row could not be written.
void record_work(Session& session, const NewRun& work, std::chrono::microseconds took, const RunEnd& end,
                 std::chrono::milliseconds keep);

}  // namespace longshore::store
