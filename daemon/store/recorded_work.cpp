#include "store/recorded_work.hpp"

#include "base/log.hpp"
#include "store/clock.hpp"

#include <atomic>

namespace longshore::store {

void record_work(Session& session, const NewRun& work, std::chrono::microseconds took, const RunEnd& end,
                 std::chrono::milliseconds keep) {
  // in milliseconds, as the end is on SQLite: a short run must not begin after its end
  const std::int64_t began = server_time(session) - took.count();
  record_run(session, work, began - began % 1000, end);
  if (keep.count() == 0)
    return;
  try {
    prune_runs(session, work.task, keep);
  } catch (const Error& error) {
    session.rollback();
    static std::atomic<bool> has_warned = false;
    if (error.fault() == Fault::needs_operator && !has_warned.exchange(true))
      log::warn(
          "keep_task_runs: old rows of ingest_task_runs stay: {}; hint: grant delete on ingest_task_runs to the role",
          error.what());
  }
}

}  // namespace longshore::store
