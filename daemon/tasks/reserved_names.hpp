// Names of tasks and of their keys that no declaration may use. Pure functions.
#pragma once

#include <string_view>

namespace longshore::tasks {

// What longshore itself records as runs, and names that mean something else in `after`.
bool is_reserved_task(std::string_view name);
// The columns that longshore adds to the tables of keys, the system columns of PostgreSQL, and `rowid` of SQLite.
bool is_reserved_key(std::string_view name);

}  // namespace longshore::tasks
