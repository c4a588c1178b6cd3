// Tasks as the store knows them, and their declaration to the database.
#pragma once

#include "base/error.hpp"
#include "feed/feed.hpp"
#include "store/store.hpp"
#include "store/tasks.hpp"
#include "tasks/task.hpp"

#include <span>
#include <string>
#include <vector>

namespace longshore::tasks {

// `registry` must be the one with which the task was checked.
store::TaskKeys keys_of(const Task& task, const Registry& registry);
std::vector<store::DeclaredTask> declared_tasks(std::span<const Task> tasks, const Registry& registry);

// store::declare_tasks(), after the setups of the tasks whose declaration the database does not have. A setup runs in a
// session of `task_target`, in which the SQL of the task runs later: so its tables belong to the same role. A task
// whose setup fails is not declared, so it does not run; the others are.
struct DeclaredNow {
  std::vector<std::string> changes;  // "task NAME"
  std::vector<Error> faults;         // fatal, Exit::config: one for each setup that failed
};
DeclaredNow declare(store::Session& session, const store::Target& task_target, std::span<const Task> tasks,
                    const Registry& registry, const std::string& declared_by);

}  // namespace longshore::tasks
