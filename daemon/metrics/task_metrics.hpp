// Counters and states of each task. Without a task none of these series exists.
#pragma once

#include "observe/observer.hpp"
#include "store/task_queries.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace longshore::metrics {

// Any thread.
class TaskMetrics {
 public:
  // The registry must outlive this.
  explicit TaskMetrics(prometheus::Registry& registry);

  // All declared tasks. The states of a task that is not declared any more have no series, so that no alert stays; its
  // counters keep theirs.
  void update(const std::vector<store::TaskStatus>& tasks);
  void run_finished(const observe::TaskRunReport& run);

 private:
  struct States {
    prometheus::Gauge* last_success = nullptr;
    prometheus::Gauge* failures = nullptr;
    prometheus::Gauge* changes = nullptr;
  };
  // Makes the series of a task, its counters with 0.
  States& states_of(const std::string& task);

  prometheus::Family<prometheus::Counter>& m_runs;
  prometheus::Family<prometheus::Histogram>& m_seconds;
  prometheus::Family<prometheus::Gauge>& m_last_success;
  prometheus::Family<prometheus::Gauge>& m_failures;
  prometheus::Family<prometheus::Gauge>& m_changes;
  std::mutex m_mutex;  // guards m_states
  std::map<std::string, States> m_states;
};

}  // namespace longshore::metrics
