// A thread that removes, compresses and thins what the keep settings say, beside the loads. It has a session of its own
// and works in rounds: one at the start, then at intervals. Only one process for each archive does a round at a time;
// others wait for the next one. A step that changed something, or could not, is a row of ingest_task_runs. In an outage
// it waits without a message: the loaders report it. Any other fault is logged once, and the work continues in the next
// round; it never ends the daemon.
#pragma once

#include "base/signals.hpp"
#include "config/config.hpp"
#include "feed/feed.hpp"
#include "housekeeping/step.hpp"
#include "housekeeping/step_record.hpp"
#include "observe/observer.hpp"
#include "store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace longshore::housekeeping {

class Housekeeper {
 public:
  // Starts the thread, unless there are no steps. All must outlive it.
  Housekeeper(Steps steps, const config::Config& config, const store::Target& target, observe::Observer& observer);
  // Stops it at once: a running statement is aborted. What was begun is finished by the next start.
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;

  // For `run --once`: returns when a round has ended or failed, after `longest`, or when a signal asks for an end.
  void wait_for_round(std::chrono::milliseconds longest, Signals& signals);

 private:
  class OneRound;

  void work();
  void run_round();
  void end_round();
  void run_step(Step& step, Round& round);
  std::string fault_of(const std::function<void()>& work);
  void record_unfinished() noexcept;
  void note_fault(const std::string& fault);
  void end_if_interrupted();
  bool pause(std::chrono::milliseconds time);
  void set_session(std::unique_ptr<store::Session> session);

  const Steps m_steps;
  const config::Config& m_config;
  const store::Target& m_target;
  observe::Observer& m_observer;
  const std::chrono::milliseconds m_interval;
  std::string m_fault;                                       // of this round
  std::string m_logged;                                      // the fault that was logged last
  std::map<std::string, StepRecord, std::less<>> m_records;  // by task
  StepRecord* m_record = nullptr;                            // of the step that runs

  std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_is_stopping = false;                 // guarded by m_mutex
  unsigned m_rounds = 0;                      // that ended or failed; guarded by m_mutex
  std::unique_ptr<store::Session> m_session;  // the pointer is guarded by m_mutex; only the thread uses the session
  std::thread m_thread;                       // last: everything exists when it starts
};

}  // namespace longshore::housekeeping
