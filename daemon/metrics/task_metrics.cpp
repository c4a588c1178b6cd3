#include "metrics/task_metrics.hpp"

#include "base/time.hpp"
#include "metrics/families.hpp"

#include <algorithm>

namespace longshore::metrics {
namespace {

// Upper bounds, in seconds: from an update of an hour's roll-up to a program that exports a year.
const prometheus::Histogram::BucketBoundaries k_seconds = {0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600};

}  // namespace

TaskMetrics::TaskMetrics(prometheus::Registry& registry)
    : m_runs(prometheus::BuildCounter()
                 .Name("longshore_task_runs_total")
                 .Help("Runs of a task by this process, by their end: succeeded, failed.")
                 .Register(registry)),
      m_seconds(prometheus::BuildHistogram()
                    .Name("longshore_task_run_seconds")
                    .Help("Seconds from the start of a run to its end.")
                    .Register(registry)),
      m_last_success(prometheus::BuildGauge()
                         .Name("longshore_task_last_success_timestamp_seconds")
                         .Help("Unix time of the end of the last run that succeeded, in any process; 0: none.")
                         .Register(registry)),
      m_failures(prometheus::BuildGauge()
                     .Name("longshore_task_failures_in_a_row")
                     .Help("Failed runs since the last one that succeeded, in any process.")
                     .Register(registry)),
      m_changes(prometheus::BuildGauge()
                    .Name("longshore_task_changes_waiting")
                    .Help("Changes that no run of the task has used yet.")
                    .Register(registry)) {}

// Add() returns the series that exists already.
TaskMetrics::States& TaskMetrics::states_of(const std::string& task) {
  States& states = m_states[task];
  if (states.changes)
    return states;
  for (const char* state : {"succeeded", "failed"})
    m_runs.Add({{"task", task}, {"state", state}});
  m_seconds.Add({{"task", task}}, k_seconds);
  states = {&m_last_success.Add({{"task", task}}), &m_failures.Add({{"task", task}}), &m_changes.Add({{"task", task}})};
  return states;
}

void TaskMetrics::update(const std::vector<store::TaskStatus>& tasks) {
  const std::lock_guard lock{m_mutex};
  for (const store::TaskStatus& task : tasks) {
    const States& states = states_of(task.task);
    states.changes->Set(static_cast<double>(task.changes));
    states.failures->Set(static_cast<double>(task.failures));
    states.last_success->Set(task.succeeded_at ? unix_seconds(*task.succeeded_at) : 0);
  }
  std::erase_if(m_states, [&](const auto& one) {
    if (std::ranges::find(tasks, one.first, &store::TaskStatus::task) != tasks.end())
      return false;
    m_last_success.Remove(one.second.last_success);
    m_failures.Remove(one.second.failures);
    m_changes.Remove(one.second.changes);
    return true;
  });
}

void TaskMetrics::run_finished(const observe::TaskRunReport& run) {
  const bool has_succeeded = run.error.empty();
  const std::lock_guard lock{m_mutex};
  const States& states = states_of(run.task);
  m_runs.Add({{"task", run.task}, {"state", has_succeeded ? "succeeded" : "failed"}}).Increment();
  m_seconds.Add({{"task", run.task}}, k_seconds).Observe(std::max(run.seconds, 0.0));
  states.failures->Set(has_succeeded ? 0 : static_cast<double>(run.failures));
  if (has_succeeded)
    states.last_success->Set(unix_seconds(now_micros()));
}

}  // namespace longshore::metrics
