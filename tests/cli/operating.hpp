// Runs an operator's command with the directories and database of a Pipeline, and reads a column of its output.
#pragma once

#include "cli/run_program.hpp"
#include "support/pipeline.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace longshore::test {

// `words` and the options for the directories and the database.
inline Finished operate(const Pipeline& p, std::vector<std::string> words,
                        const std::map<std::string, std::string>& environment = {}) {
  words.insert(words.end(), {"--landing", p.config.landing, "--work", p.config.work, "--database", p.config.database});
  if (words[0] != "status")
    words.insert(words.end(), {"--processed", p.config.processed, "--failed", p.config.failed});
  return run_longshore(words, environment);
}

// The values below this header, in the tab-separated output.
inline std::vector<std::string> column(const Finished& finished, const std::string& header) {
  std::vector<std::string> values;
  const auto lines = tab_lines(finished.out);
  if (lines.empty())
    return values;
  const auto at = static_cast<std::size_t>(std::ranges::find(lines[0], header) - lines[0].begin());
  for (std::size_t i = 1; i < lines.size(); ++i)
    values.push_back(at < lines[i].size() ? lines[i][at] : "no such column");
  return values;
}

}  // namespace longshore::test
