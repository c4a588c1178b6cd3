// All tasks of a daemon: the declarations of a directory, and the shipped tasks that the settings enable.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "tasks/task.hpp"
#include "tasks/task_faults.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::tasks {

// Reads the shipped tasks in `enable_tasks`, then every *.toml of the directory `tasks`, sorted by name. A file
// replaces the shipped task of the same name, enabled or not. Throws TaskFaultsError (Exit::config) with every fault of
// every declaration, Error{fatal, Exit::config} if a directory other than the default one cannot be listed.
std::vector<Task> load_tasks(const config::Config& config, const Registry& registry);

// The same faults without an exception. `registry` is nullptr if the feeds are wrong: then only faults that need no
// feeds are found.
std::vector<TaskFault> find_task_faults(const config::Config& config, const Registry* registry);

// One declaration by itself: a name in `after` or `after_failure` that is no feed is taken for a task. Files are read
// from `directory`. Throws as load_tasks() does.
Task parse_task(std::string_view toml, const std::string& origin, const std::string& directory,
                const Registry& registry);

// The names of the tasks that this program has, sorted.
std::vector<std::string> shipped_tasks();

}  // namespace longshore::tasks
