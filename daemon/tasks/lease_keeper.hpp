// Ends the work of a run when it must end: at its deadline, when it is cancelled, or when its lease is lost. Renews the
// lease of a program. A thread, which connects to the database only for programs that run for more than 20 s.
#pragma once

#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace longshore::tasks {

class LeaseKeeper {
 public:
  using Clock = std::chrono::steady_clock;

  enum class Renewal {
    none,  // a run of SQL keeps its lease by the lock of its transaction
    by_thread,
  };

  // `interrupt` ends the work; called ten times a second from the first reason on, on the thread of the keeper. All
  // must outlive this.
  LeaseKeeper(const store::Target& target, std::string task, std::int64_t run_id, std::chrono::milliseconds timeout,
              Renewal renewal, const std::atomic<bool>& cancel, std::function<void()> interrupt);
  // No interrupt follows.
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;

  // The timeout counts from now: what was done so far was preparation.
  void restart_clock();
  // Why the work was interrupted, such as "timeout of 30s"; "" if it was not.
  std::string reason();
  bool is_cancelled() const { return m_is_cancelled; }

 private:
  void work();
  void renew();
  std::string reason_to_end() const;

  const store::Target& m_target;
  const std::string m_task;
  const std::int64_t m_run_id;
  const std::chrono::milliseconds m_timeout;
  const Renewal m_renewal;
  const std::atomic<bool>& m_cancel;
  const std::function<void()> m_interrupt;
  std::unique_ptr<store::Session> m_session;  // of the thread
  std::atomic<bool> m_is_cancelled{false};

  std::mutex m_mutex;
  std::condition_variable m_changed;
  // guarded by m_mutex
  bool m_is_stopping = false;
  bool m_has_lost_lease = false;
  Clock::time_point m_last_renewal;
  Clock::time_point m_deadline;
  std::string m_reason;
  std::thread m_thread;  // last: everything exists when it starts
};

}  // namespace longshore::tasks
