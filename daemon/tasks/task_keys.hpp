// Gives the keys of a task their types: each key is read from a column of every feed in `after`.
#pragma once

#include "feed/feed.hpp"
#include "tasks/task_toml.hpp"

#include <vector>

namespace longshore::tasks {

// `feeds` are those in `after`, by name; store::k_ledger_feed may be among them. Sets TouchedKey::type, and adds what
// is wrong to `faults`.
void complete_keys(TaskDeclaration& declared, const std::vector<std::string>& feeds, const Registry& registry,
                   std::vector<TaskFault>& faults);

}  // namespace longshore::tasks
