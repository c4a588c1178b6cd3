// Checks the declarations of tasks against the feeds and against one another, and completes them.
#pragma once

#include "feed/feed.hpp"
#include "tasks/task_toml.hpp"

#include <span>
#include <string>
#include <vector>

namespace longshore::tasks {

struct OtherNames {
  std::vector<std::string> tasks;  // that may be named, although their declarations are not here
  // for the hint of an unknown name
  std::vector<std::string> disabled_feeds;
  std::vector<std::string> shipped_tasks;
};

// Sets what read_declaration() left out, and adds what is wrong to `faults`. Without a registry, names in `after` that
// are no task are taken for feeds, and keys are not checked: for a set-up whose feeds are wrong too.
std::vector<Task> check_tasks(std::vector<TaskDeclaration> declarations, const Registry* registry,
                              const OtherNames& other, std::vector<TaskFault>& faults);

}  // namespace longshore::tasks
