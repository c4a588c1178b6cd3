#include "tasks/runner.hpp"

#include "base/crash_hook.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/store.hpp"
#include "store/task_queries.hpp"
#include "tasks/declared.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace longshore::tasks {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_longest_interval{1000};
constexpr milliseconds k_shortest_interval{100};
constexpr milliseconds k_after_outage{5000};
constexpr milliseconds k_after_busy{5000};
constexpr milliseconds k_between_statuses{10'000};  // for metrics: counting the changes reads all of them
constexpr std::size_t k_most_runs = 4;

milliseconds interval_of(const std::vector<Task>& tasks) {
  milliseconds shortest = k_longest_interval;
  for (const Task& task : tasks)
    shortest = std::min(shortest, task.settle / 2);
  return std::max(shortest, k_shortest_interval);
}

bool is_in_force(const Task& task, const store::TaskStates& states) {
  const store::TaskState* const state = states.find(task.name);
  return state && state->declaration == task.declaration;
}

std::string took_text(const RunReport& report) {
  return short_duration(static_cast<std::uint64_t>(report.took.count()));
}

// `failures`: in a row, before this run.
void report_end(const Task& task, const RunReport& report, std::uint64_t failures, observe::Observer& observer) {
  if (report.state == RunReport::State::succeeded || report.state == RunReport::State::failed)
    observer.task_run_finished({task.name, report.run_id, std::chrono::duration<double>(report.took).count(),
                                report.end.changes, report.end.touched, report.end.error,
                                report.state == RunReport::State::failed ? report.failures : failures, task.retries});
}

void log_end(const Task& task, const RunReport& report) {
  switch (report.state) {
  case RunReport::State::succeeded:
    log::info("task {}: run {} succeeded: {} changes, {} keys, {}", task.name, report.run_id, report.end.changes,
              report.end.touched, took_text(report));
    break;
  case RunReport::State::failed:
    log::warn("task {}: run {} failed after {}: {}; longshore task show {}", task.name, report.run_id,
              took_text(report), report.end.error, report.run_id);
    break;
  case RunReport::State::abandoned:
    log::info("task {}: run {} was ended: {}; it starts again later", task.name, report.run_id, report.end.error);
    break;
  case RunReport::State::busy:
    log::debug("task {}: another process runs it", task.name);
    break;
  }
}

// An error before the run has begun is one of this task alone.
RunReport run_and_log(const Task& task, const store::TaskKeys& keys, const Start& start, const RunSettings& settings,
                      Signals& signals) try {
  RunReport report = run_until_signal(task, keys, start, settings, signals);
  log_end(task, report);
  return report;
} catch (const Error& error) {
  if (error.fault() == Fault::disconnected || error.fault() == Fault::unavailable)
    throw;
  RunReport report;
  report.state = RunReport::State::failed;
  report.end.error = error.what();
  log::warn("task {} could not start: {}", task.name, error.what());
  return report;
}

}  // namespace

Runner::Runner(const std::vector<Task>& tasks, const Registry& registry, const RunSettings& settings,
               observe::Observer& observer)
    : m_tasks(tasks), m_settings(settings), m_observer(observer), m_interval(interval_of(tasks)) {
  for (const Task& task : tasks)
    m_keys.emplace(task.name, keys_of(task, registry));
  if (!tasks.empty())
    m_thread = std::thread{[this] { work(); }};
}

Runner::~Runner() {
  m_cancel = true;
  {
    const std::lock_guard lock{m_mutex};
    m_is_stopping = true;
    if (m_session)
      m_session->interrupt();
  }
  m_changed.notify_all();
  if (m_thread.joinable())
    m_thread.join();
  for (auto& [name, run] : m_runs)
    run.thread.join();
}

void Runner::work() {
  const CrashStack stack;
  milliseconds next{0};
  while (pause(next)) {
    next = m_interval;
    try {
      look();
    } catch (const std::exception& exception) {
      log_fault("tasks wait: " + std::string{exception.what()});
      const std::lock_guard lock{m_mutex};
      m_session.reset();
      next = k_after_outage;
    }
  }
}

void Runner::look() {
  join_ended();
  if (!m_session) {
    auto session = store::open(m_settings.target, store::Access::read_only, "longshore/tasks");
    const std::lock_guard lock{m_mutex};
    m_session = std::move(session);
    if (m_is_stopping)
      return;
  }
  const store::TaskStates states = store::read_task_states(*m_session);
  m_arrivals.see(states);
  if (Clock::now() >= m_next_statuses) {
    m_observer.tasks_read(store::task_statuses(*m_session));
    m_next_statuses = Clock::now() + k_between_statuses;
  }
  const std::size_t most = m_settings.target.engine == store::Engine::sqlite ? 1 : k_most_runs;
  for (const Task& task : m_tasks) {
    if (m_runs.size() >= most)
      return;
    if (m_runs.contains(task.name) || !is_runnable(task, states))
      continue;
    if (auto reason = due(task, states, m_arrivals, Pace::settled))
      start(task, *std::move(reason), states.find(task.name)->failures);
  }
}

bool Runner::is_runnable(const Task& task, const store::TaskStates& states) {
  if (!is_in_force(task, states)) {
    if (m_differing.insert(task.name).second)
      log::warn("task {} does not run here: the database has {} of it; hint: put the same declaration in place for all "
                "daemons, then reload them",
                task.name, states.find(task.name) ? "another declaration" : "no declaration");
    return false;
  }
  m_differing.erase(task.name);
  const std::lock_guard lock{m_mutex};
  const auto not_before = m_not_before.find(task.name);
  return not_before == m_not_before.end() || Clock::now() >= not_before->second;
}

// Each text once: an outage lasts, and so does a missing right.
void Runner::log_fault(const std::string& text) {
  const std::lock_guard lock{m_mutex};
  if (m_logged.insert(text).second)
    log::warn("{}", text);
}

void Runner::start(const Task& task, Start start, std::uint64_t failures) {
  const std::lock_guard lock{m_mutex};
  m_runs[task.name].thread =
      std::thread{[this, &task, start = std::move(start), failures] { run(task, start, failures); }};
}

void Runner::run(const Task& task, const Start& start, std::uint64_t failures) {
  const CrashStack stack;
  bool is_busy = true;
  try {
    const RunReport report = run_task(task, m_keys.at(task.name), start, m_settings, m_cancel);
    is_busy = report.state == RunReport::State::busy;
    log_end(task, report);
    report_end(task, report, failures, m_observer);
  } catch (const std::exception& exception) {
    log_fault("task " + task.name + " waits: " + exception.what());
  }
  const std::lock_guard lock{m_mutex};
  m_runs.at(task.name).has_ended = true;
  if (is_busy)
    m_not_before[task.name] = Clock::now() + k_after_busy;
  m_changed.notify_all();
}

void Runner::join_ended() {
  std::vector<std::thread> ended;
  {
    const std::lock_guard lock{m_mutex};
    for (auto run = m_runs.begin(); run != m_runs.end();)
      if (run->second.has_ended) {
        ended.push_back(std::move(run->second.thread));
        run = m_runs.erase(run);
      } else {
        ++run;
      }
  }
  for (std::thread& thread : ended)
    thread.join();
}

// Returns false, at once, when the thread must end.
bool Runner::pause(milliseconds time) {
  std::unique_lock lock{m_mutex};
  return !m_changed.wait_for(lock, time, [this] { return m_is_stopping; });
}

std::vector<std::string> run_due_tasks(const std::vector<Task>& tasks, const Registry& registry,
                                       const RunSettings& settings, observe::Observer& observer, Signals& signals) {
  std::vector<std::string> failed;
  if (tasks.empty())
    return failed;
  const auto session = store::open(settings.target, store::Access::read_only, "longshore/tasks");
  std::map<std::string, std::size_t> runs;
  std::set<std::string> left;  // they failed, or another process runs them
  for (bool has_run = true; has_run && signals.ends() == 0;) {
    has_run = false;
    for (const Task& task : tasks) {
      const store::TaskStates states = store::read_task_states(*session);
      // each task that it waits for may start it once more; what comes after that is of another process
      if (left.contains(task.name) || runs[task.name] > tasks.size())
        continue;
      if (!is_in_force(task, states)) {
        log::warn("task {} does not run here: the database has another declaration of it, or none", task.name);
        left.insert(task.name);
        failed.push_back(task.name);
        continue;
      }
      const auto start = due(task, states, {}, Pace::at_once);
      if (!start || (start->cause == "every" && runs[task.name] > 0))
        continue;
      has_run = true;
      ++runs[task.name];
      const RunReport report = run_and_log(task, keys_of(task, registry), *start, settings, signals);
      report_end(task, report, states.find(task.name)->failures, observer);
      if (report.state != RunReport::State::succeeded)
        left.insert(task.name);
      if (report.state == RunReport::State::failed)
        failed.push_back(task.name);
      if (report.state == RunReport::State::abandoned)
        return failed;
    }
  }
  return failed;
}

}  // namespace longshore::tasks
