// One run of a task, from its start to its row in ingest_task_runs.
#pragma once

#include "base/signals.hpp"
#include "store/store.hpp"
#include "store/task_runs.hpp"
#include "store/tasks.hpp"
#include "tasks/task.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore::tasks {

// What all runs share. Immutable.
struct RunSettings {
  store::Target target;  // of the sessions in which runs work
  std::string instance;
  std::chrono::milliseconds keep_runs;     // rows of older runs are removed
  std::vector<std::string> environment{};  // "NAME=value", for programs
};

// Why a run starts.
struct Start {
  std::string cause = "command";  // see store::NewRun
  std::optional<std::int64_t> parent_run_id = {};
  Parameters parameters = {};
};

struct RunReport {
  enum class State { succeeded, failed, busy, abandoned };

  State state = State::busy;   // busy: another run of the task has not ended; nothing was done
  std::int64_t run_id = 0;     // 0 if busy
  store::RunEnd end = {};      // of abandoned: the reason as its error
  std::uint64_t failures = 0;  // in a row, with this one
  std::chrono::milliseconds took{0};
};

// Runs the task on this thread, in sessions of its own, and returns when it has ended. A fault of the task is reported,
// and recorded as `failed`. When `cancel` becomes true, the run ends within a second and is abandoned: its changes are
// left for the next run. Throws Error if the database is not available, or if the task is not declared there.
RunReport run_task(const Task& task, const store::TaskKeys& keys, const Start& start, const RunSettings& settings,
                   const std::atomic<bool>& cancel);

// The same for a process that does nothing else meanwhile: TERM or INT cancels the run.
RunReport run_until_signal(const Task& task, const store::TaskKeys& keys, const Start& start,
                           const RunSettings& settings, Signals& signals);

// {"day":"2026-01-01"}; "" without parameters.
std::string json_of(const Parameters& parameters);

}  // namespace longshore::tasks
