// Decides when a task runs. A pure function of the state in the database, and of when changes were seen to arrive.
#pragma once

#include "store/tasks.hpp"
#include "tasks/run_task.hpp"
#include "tasks/task.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace longshore::tasks {

// When the changes that wait for a task were seen: the table does not say it. In microseconds of the database's clock.
class Arrivals {
 public:
  struct Seen {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::uint64_t changes = 0;
  };

  void see(const store::TaskStates& states);
  // Nothing if no change waits.
  const Seen* of(const std::string& task) const;

 private:
  std::map<std::string, Seen> m_seen;
};

enum class Pace {
  settled,  // a daemon: waits until no change came for `settle`, and rests after each run
  at_once,  // `run --once`, after its loads: waits for nothing
};

// Why the task must run now; nothing if it must not. A task runs if it has changes, if its last run failed and its
// pause is over, if its last run was lost, or if its interval is over. With changes it waits while a task of its
// `after` has changes or runs, but not longer than max_wait. A task without a trigger runs on demand only.
std::optional<Start> due(const Task& task, const store::TaskStates& states, const Arrivals& arrivals, Pace pace);

}  // namespace longshore::tasks
