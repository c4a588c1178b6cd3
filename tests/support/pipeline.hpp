// A landing directory, a database, and a daemon that loads from one into the other.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "store/store.hpp"
#include "support/scratch_directory.hpp"
#include "tasks/task.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::test {

class Pipeline {
 public:
  explicit Pipeline(const store::Target& target);
  Pipeline(const store::Target& target, Registry registry);

  // Puts a complete file into landing by rename, with an mtime of one hour ago.
  void drop(const std::string& name, std::string_view content);
  // Waits until all files in landing are unchanged for the settle time (at most 50 ms). A daemon that starts now claims
  // them together, also on a slow machine.
  void let_stand() const;
  // Calls let_stand(), then loads all files as `run --once` does.
  Exit run_once();
  // The settings as flags of `longshore run`, except those that have their default.
  std::vector<std::string> flags() const;
  const store::Target& target() const { return m_target; }

  // Executes a query. Each row is one string: values separated by '|', NULL as \N.
  // one() expects exactly one row.
  std::vector<std::string> rows(const std::string& sql);
  std::string one(const std::string& sql);
  // The sorted paths of the files below a directory: "processed", "failed", "landing" (with .work, but without the list
  // of a daemon that says why files wait).
  std::vector<std::string> files(const std::string& directory) const;
  // All data rows, without file ids and load times, to compare two runs.
  std::vector<std::string> data();
  // Checks for each file that the ledger, the tables and the directories agree, and that .work is empty.
  void check_books();

  config::Config config;
  std::vector<tasks::Task> tasks;
  const ScratchDirectory scratch;
  const Registry registry;

 private:
  store::Target m_target;
};

// A new, empty database on the same engine.
store::Target fresh_like(const store::Target& target);

// The target as a value of --database.
std::string text_of(const store::Target& target);

}  // namespace longshore::test
