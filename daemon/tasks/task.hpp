// A task: SQL or a program that runs after loads, after other tasks, at an interval, or on demand. A Task is a valid
// declaration and immutable.
#pragma once

#include "store/changes.hpp"
#include "store/store.hpp"
#include "store/touched.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace longshore::tasks {

inline constexpr const char* k_tasks_directory = "/etc/longshore/tasks.d";

// SQL statements, separated by semicolons, for each engine.
struct Script {
  std::string postgres;
  std::string sqlite;

  const std::string& of(store::Engine engine) const { return engine == store::Engine::postgres ? postgres : sqlite; }
};

// key=value of the command line.
using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Task {
  std::string name;
  std::vector<std::string> after_feeds;    // of `after`: names of feeds, or store::k_ledger_feed
  std::vector<std::string> after_tasks;    // of `after`: names of tasks
  std::vector<std::string> after_failure;  // names of tasks
  std::vector<store::TouchedKey> touched;  // empty: the changed files, as file_id
  Script sql;                              // empty for a program
  std::vector<std::string> program;        // path and arguments; empty for SQL
  Script setup;                            // runs once when the task is declared; may be empty

  std::chrono::milliseconds settle{2000};
  std::chrono::milliseconds max_wait{60'000};
  std::optional<std::chrono::milliseconds> every;
  std::optional<std::chrono::milliseconds> timeout;  // none: an hour, and 30 s for SQL on SQLite
  unsigned retries = 3;

  std::string origin;       // a path, or k_built_in
  std::string declaration;  // a hash of what decides its result: after, touched, SQL or program

  bool is_program() const { return !program.empty(); }
};

}  // namespace longshore::tasks
