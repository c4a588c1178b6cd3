// A landing directory, a database and the real daemon between them.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "store/store.hpp"
#include "support/scratch_directory.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::test {

class Pipeline {
 public:
  explicit Pipeline(const store::Target& target);
  Pipeline(const store::Target& target, Registry registry);

  // Files with an mtime of an hour ago, renamed in: whole.
  void drop(const std::string& name, std::string_view content);
  // Until what lies in landing has stood still for the settle time (at most 50 ms), on a slow machine too: who starts then claims
  // it together.
  void let_stand() const;
  // Drains the landing directory as `run --once` does, after let_stand().
  Exit run_once();
  // The same settings as `longshore run` takes them; --once where it is set.
  std::vector<std::string> flags() const;
  const store::Target& target() const { return m_target; }

  // Each row's values separated by '|', NULL as \N.
  std::vector<std::string> rows(const std::string& sql);
  std::string one(const std::string& sql);
  // Names below a directory of the pipeline, sorted: "processed", "failed", "landing" (.work included).
  std::vector<std::string> files(const std::string& directory) const;
  // Everything a user sees of the data, without what tells which file or when: to compare runs.
  std::vector<std::string> data();
  // The ledger's promise, for every file of it; and nothing is left in .work.
  void check_books();

  config::Config config;
  const ScratchDirectory scratch;
  const Registry registry;

 private:
  store::Target m_target;
};

// A new, empty database on the engine of this one.
store::Target fresh_like(const store::Target& target);

// The target as --database takes it.
std::string text_of(const store::Target& target);

}  // namespace longshore::test
