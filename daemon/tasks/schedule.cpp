#include "tasks/schedule.hpp"

#include <algorithm>
#include <chrono>

namespace longshore::tasks {
namespace {

std::int64_t micros(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

bool has_trigger(const Task& task) {
  return task.every || !task.after_feeds.empty() || !task.after_tasks.empty() || !task.after_failure.empty();
}

// A run starts no sooner after the end of the last one than that lasted: a slow task leaves the database half of the
// time.
bool is_rested(const store::TaskState& state, std::int64_t now) {
  if (!state.started_at || !state.finished_at || *state.finished_at < *state.started_at)
    return true;
  return now >= *state.finished_at + (*state.finished_at - *state.started_at);
}

bool is_interval_over(const Task& task, const store::TaskState& state, std::int64_t now) {
  return task.every && (!state.started_at || now >= *state.started_at + micros(*task.every));
}

// A task of `after` that is about to run: with its result this task would have to run again. One that fails is not
// waited for.
bool waits_for_another(const Task& task, const store::TaskStates& states) {
  return std::ranges::any_of(task.after_tasks, [&](const std::string& name) {
    const store::TaskState* const other = states.find(name);
    return other && other->failures == 0 && (other->changes > 0 || other->is_running);
  });
}

bool is_settled(const Task& task, const store::TaskState& state, const Arrivals::Seen& seen, std::int64_t now) {
  if (now >= seen.first + micros(task.max_wait))
    return true;
  return !state.has_files || now >= seen.last + micros(task.settle);
}

std::string cause_of_changes(const Task& task, const store::TaskState& state) {
  if (state.has_files || !state.parent_run_id)
    return "change";
  return task.after_tasks.empty() ? "failure" : "task";
}

std::optional<Start> due_by_changes(const Task& task, const store::TaskState& state, const store::TaskStates& states,
                                    const Arrivals& arrivals, Pace pace) {
  if (state.changes == 0)
    return {};
  const Arrivals::Seen* const seen = arrivals.of(task.name);
  const bool has_waited = seen && states.now >= seen->first + micros(task.max_wait);
  if (!has_waited && waits_for_another(task, states))
    return {};
  if (pace == Pace::settled && (!seen || !is_settled(task, state, *seen, states.now) || !is_rested(state, states.now)))
    return {};
  return Start{cause_of_changes(task, state), state.parent_run_id};
}

}  // namespace

void Arrivals::see(const store::TaskStates& states) {
  for (const store::TaskState& state : states.tasks) {
    if (state.changes == 0) {
      m_seen.erase(state.task);
      continue;
    }
    const auto [seen, is_new] = m_seen.try_emplace(state.task, Seen{states.now, states.now, state.changes});
    if (is_new || seen->second.changes == state.changes)
      continue;
    if (state.changes < seen->second.changes)  // a run has used the others
      seen->second.first = states.now;
    seen->second.last = states.now;
    seen->second.changes = state.changes;
  }
}

const Arrivals::Seen* Arrivals::of(const std::string& task) const {
  const auto found = m_seen.find(task);
  return found == m_seen.end() ? nullptr : &found->second;
}

std::optional<Start> due(const Task& task, const store::TaskStates& states, const Arrivals& arrivals, Pace pace) {
  const store::TaskState* const state = states.find(task.name);
  if (!state || state->is_running)
    return {};
  if (state->is_lost || state->failures > 0) {
    const bool is_over = state->is_lost || pace == Pace::at_once || !state->retry_at || states.now >= *state->retry_at;
    return is_over && has_trigger(task) ? std::optional{Start{"retry", {}}} : std::nullopt;
  }
  if (auto start = due_by_changes(task, *state, states, arrivals, pace))
    return start;
  return is_interval_over(task, *state, states.now) ? std::optional{Start{"every", {}}} : std::nullopt;
}

}  // namespace longshore::tasks
