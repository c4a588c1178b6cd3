// Runs the tasks of a daemon: a thread looks at their state in the database each second, and starts a thread for each
// run that is due, at most four at a time (one on SQLite, which has one writer). Without tasks there is no thread.
// Several processes may run the same tasks: the lease of a task lets one of them run it at a time.
#pragma once

#include "base/signals.hpp"
#include "feed/feed.hpp"
#include "observe/observer.hpp"
#include "tasks/run_task.hpp"
#include "tasks/schedule.hpp"
#include "tasks/task.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace longshore::tasks {

class Runner {
 public:
  // All must outlive it. `registry` is the one with which the tasks were checked.
  Runner(const std::vector<Task>& tasks, const Registry& registry, const RunSettings& settings,
         observe::Observer& observer);
  // Ends the runs within a second (a program: within five): they are abandoned, and run again later.
  ~Runner();
  Runner(const Runner&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  struct ActiveRun {
    std::thread thread;
    bool has_ended = false;  // guarded by m_mutex
  };

  void work();
  void look();
  void start(const Task& task, Start start, std::uint64_t failures);
  void run(const Task& task, const Start& start, std::uint64_t failures);
  void join_ended();
  bool is_runnable(const Task& task, const store::TaskStates& states);
  bool pause(std::chrono::milliseconds time);
  void log_fault(const std::string& text);

  const std::vector<Task>& m_tasks;
  const RunSettings& m_settings;
  observe::Observer& m_observer;
  std::map<std::string, store::TaskKeys> m_keys;
  const std::chrono::milliseconds m_interval;

  // of the thread
  std::unique_ptr<store::Session> m_session;
  Arrivals m_arrivals;
  Clock::time_point m_next_statuses;
  std::set<std::string> m_differing;  // tasks of which the log has said so

  std::atomic<bool> m_cancel{false};
  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_is_stopping = false;      // guarded by m_mutex
  std::set<std::string> m_logged;  // guarded by m_mutex
  // By task. Only the thread adds and removes runs. Guarded by m_mutex, except for its own reads.
  std::map<std::string, ActiveRun> m_runs;
  std::map<std::string, Clock::time_point> m_not_before;  // after another process was faster; guarded by m_mutex
  std::thread m_thread;                                   // last: everything exists when it starts
};

// For `run --once`, after its loads: runs the tasks that are due, one after another, until none is. A task that fails
// is not tried again. Returns the names of those that failed. Throws Error if the database is not available.
std::vector<std::string> run_due_tasks(const std::vector<Task>& tasks, const Registry& registry,
                                       const RunSettings& settings, observe::Observer& observer, Signals& signals);

}  // namespace longshore::tasks
