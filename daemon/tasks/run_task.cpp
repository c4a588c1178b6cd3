#include "tasks/run_task.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "tasks/lease_keeper.hpp"
#include "tasks/program_run.hpp"
#include "tasks/sql_run.hpp"

#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace longshore::tasks {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds k_timeout{3'600'000};
// SQLite has one writer: while the task's SQL runs, nothing is loaded.
constexpr milliseconds k_timeout_on_sqlite{30'000};
constexpr auto k_lease_is_gone = "its lease is gone: another process runs the task, or it was declared again";
constexpr milliseconds k_after_conflict{200};
constexpr milliseconds k_after_program{60'000};

milliseconds timeout_of(const Task& task, store::Engine engine) {
  if (task.timeout)
    return *task.timeout;
  return engine == store::Engine::sqlite && !task.is_program() ? k_timeout_on_sqlite : k_timeout;
}

// A task's session, which another thread may interrupt at any time.
class InterruptibleSession {
 public:
  explicit InterruptibleSession(std::unique_ptr<store::Session> session) : m_session(std::move(session)) {}

  store::Session& get() { return *m_session; }
  void interrupt() {
    const std::lock_guard lock{m_mutex};
    m_session->interrupt();
  }
  // After an interruption, or a lost connection.
  void reopen(const store::Target& target, const std::string& who) {
    auto session = store::open(target, store::Access::read_write, who);
    const std::lock_guard lock{m_mutex};
    m_session = std::move(session);
  }

 private:
  std::mutex m_mutex;  // guards the pointer, not the session
  std::unique_ptr<store::Session> m_session;
};

class Run {
 public:
  Run(const Task& task, const store::TaskKeys& keys, const Start& start, const RunSettings& settings,
      const std::atomic<bool>& cancel)
      : m_task(task), m_keys(keys), m_start(start), m_settings(settings), m_cancel(cancel),
        m_session(store::open(settings.target, store::Access::read_write, name())) {}

  RunReport execute() {
    const auto began = Clock::now();
    const auto run_id = store::start_run(m_session.get(), {m_task.name, m_start.cause, json_of(m_start.parameters),
                                                           m_start.parent_run_id, m_settings.instance,
                                                           m_task.declaration, m_task.retries});
    if (!run_id)
      return {};
    m_report.run_id = *run_id;
    log::debug("task {}: run {} begins ({})", m_task.name, *run_id, m_start.cause);
    work();
    m_report.took = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    return m_report;
  }

 private:
  std::string name() const { return "longshore/task " + m_task.name; }

  void work() {
    keep_lease_and_work();
    if (m_report.state == RunReport::State::succeeded)
      prune();
    else
      record_failure();
  }

  void keep_lease_and_work() {
    const auto renewal = m_task.is_program() ? LeaseKeeper::Renewal::by_thread : LeaseKeeper::Renewal::none;
    LeaseKeeper keeper{m_settings.target, m_task.name, m_report.run_id,        timeout(),
                       renewal,           m_cancel,    [this] { interrupt(); }};
    try {
      m_report.end = m_task.is_program() ? run_program_to_its_end(keeper) : run_sql_to_its_end(keeper);
    } catch (const Error& error) {
      m_report.end.error = error.what();
      // an error of the database is one of the task's SQL: hints about longshore's tables would mislead
      if (!error.hint().empty() && error.code().empty())
        m_report.end.error += "; hint: " + error.hint();
    } catch (const std::exception& exception) {
      m_report.end.error = exception.what();
    }
    m_report.state = m_report.end.error.empty() ? RunReport::State::succeeded
                     : keeper.is_cancelled()    ? RunReport::State::abandoned
                                                : RunReport::State::failed;
    if (const std::string reason = keeper.reason(); !reason.empty() && !m_report.end.error.empty())
      m_report.end.error = reason;
  }

  milliseconds timeout() { return timeout_of(m_task, m_session.get().engine()); }

  // Called again and again until the work has ended: SQLite forgets an interruption between two statements.
  void interrupt() {
    m_is_interrupted = true;
    m_session.interrupt();
  }

  // A lost lock or a conflict with another transaction is no fault of the task.
  template <class Work>
  auto repeated(LeaseKeeper& keeper, Work work) {
    for (;;) {
      try {
        return work();
      } catch (const Error& error) {
        m_session.get().rollback();
        if (error.fault() != Fault::contention || m_is_interrupted || !keeper.reason().empty())
          throw;
        if (!store::renew_lease(m_session.get(), m_task.name, m_report.run_id))
          throw Error{Fault::transient, k_lease_is_gone};
        log::debug("task {}: again: {}", m_task.name, error.what());
        std::this_thread::sleep_for(k_after_conflict);
      }
    }
  }

  store::RunEnd run_sql_to_its_end(LeaseKeeper& keeper) {
    return repeated(keeper, [&] {
      return run_sql(m_session.get(), m_task, m_keys, m_report.run_id, m_start.parameters, timeout());
    });
  }

  store::RunEnd run_program_to_its_end(LeaseKeeper& keeper) {
    const store::Taken taken = repeated(keeper, [&] { return take_keys(); });
    keeper.restart_clock();
    ProgramEnd program = run_program(
        {.task = m_task,
         .run_id = m_report.run_id,
         .parameters = m_start.parameters,
         .database = m_settings.target,
         .environment = environment(),
         .keys = [this, after = std::int64_t{0}](std::string& lines) mutable { return next_keys(after, lines); },
         .timeout = timeout() + k_after_program},  // the keeper ends it sooner
        [this] { return m_is_interrupted.load(); });
    store::RunEnd end{taken.changes, taken.touched, std::move(program.result), std::move(program.error),
                      std::move(program.log)};
    crash_point("task_worked");
    if (end.error.empty())
      repeated(keeper, [&] { finish_with_new_session(end); });
    return end;
  }

  std::vector<std::string> environment() const {
    std::vector<std::string> variables = m_settings.environment;
    if (m_start.parent_run_id)
      variables.push_back("LONGSHORE_TASK_PARENT=" + std::to_string(*m_start.parent_run_id));
    return variables;
  }

  store::Taken take_keys() {
    store::Session& session = m_session.get();
    session.begin_snapshot(store::lock_touched_sql(m_task.name));
    crash_point("task_begun");
    if (session.engine() == store::Engine::postgres)
      session.exec("set local statement_timeout = " + std::to_string(timeout().count()));
    // the changes may be for another run, or for another declaration, which has other feeds
    if (!store::has_lease(session, m_task.name, m_report.run_id))
      throw Error{Fault::transient, k_lease_is_gone};
    store::Taken taken = store::take_keys(session, m_keys, m_report.run_id);
    session.commit();
    crash_point("task_touched");
    return taken;
  }

  bool next_keys(std::int64_t& after, std::string& lines) {
    const std::size_t count = store::append_keys(m_session.get(), m_keys, m_report.run_id, after, lines);
    after += static_cast<std::int64_t>(count);
    return count > 0;
  }

  // The session was idle while the program ran, and a firewall or a pooler may have closed its connection.
  void finish_with_new_session(const store::RunEnd& end) {
    try {
      finish_program(end);
    } catch (const Error& error) {
      if (error.fault() != Fault::disconnected || m_is_interrupted)
        throw;
      m_session.reopen(m_settings.target, name());
      finish_program(end);
    }
  }

  void finish_program(const store::RunEnd& end) {
    store::Session& session = m_session.get();
    session.begin();
    store::delete_keys(session, m_keys, m_report.run_id);
    if (!store::finish_run(session, m_task.name, m_report.run_id, end))
      throw Error{Fault::transient, k_lease_is_gone};
    session.commit();
    crash_point("task_committed");
  }

  // After an error the session may be broken, and after an interruption it is.
  void record_failure() {
    try {
      if (m_is_interrupted || !m_session.get().is_open())
        m_session.reopen(m_settings.target, name());
      m_session.get().rollback();
      if (m_report.state == RunReport::State::abandoned)
        store::abandon_run(m_session.get(), m_task.name, m_report.run_id, m_report.end.error);
      else if (m_start.cause == "command")
        store::fail_command(m_session.get(), m_task.name, m_report.run_id, m_report.end);
      else
        m_report.failures =
            store::fail_run(m_session.get(), m_task.name, m_report.run_id, m_report.end, m_task.retries);
    } catch (const Error& error) {  // its lease runs out, and the next run marks it as lost
      log::debug("task {}: the end of run {} was not recorded: {}", m_task.name, m_report.run_id, error.what());
    }
  }

  void prune() {
    try {
      store::prune_runs(m_session.get(), m_task.name, m_settings.keep_runs);
    } catch (const Error& error) {
      log::debug("task {}: old runs were not removed: {}", m_task.name, error.what());
    }
  }

  const Task& m_task;
  const store::TaskKeys& m_keys;
  const Start& m_start;
  const RunSettings& m_settings;
  const std::atomic<bool>& m_cancel;
  InterruptibleSession m_session;
  std::atomic<bool> m_is_interrupted{false};
  RunReport m_report;
};

}  // namespace

RunReport run_task(const Task& task, const store::TaskKeys& keys, const Start& start, const RunSettings& settings,
                   const std::atomic<bool>& cancel) {
  return Run{task, keys, start, settings, cancel}.execute();
}

RunReport run_until_signal(const Task& task, const store::TaskKeys& keys, const Start& start,
                           const RunSettings& settings, Signals& signals) {
  constexpr milliseconds k_look_for_signals{50};
  std::atomic<bool> cancel{false};
  auto report = std::async(std::launch::async, [&] { return run_task(task, keys, start, settings, cancel); });
  while (report.wait_for(k_look_for_signals) != std::future_status::ready)
    if (signals.ends() > 0)
      cancel = true;
  return report.get();
}

}  // namespace longshore::tasks
