// The database of the settings.
#pragma once

#include "config/config.hpp"
#include "store/store.hpp"

namespace longshore::config {

// Throws what store::Target::parse() throws; not for settings that load() has returned.
store::Target target_of(const Config& config);
// The same database for the statements of tasks, perhaps with another role.
store::Target task_target_of(const Config& config);

}  // namespace longshore::config
