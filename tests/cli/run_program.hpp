// Runs the built longshore as a user would, and keeps what it said.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace longshore::test {

struct Finished {
  int exit = -1;  // 128 + N when signal N ended it
  std::string out;
  std::string err;
};

// `longshore words…` with nothing on standard input. Of the caller's environment only PATH and HOME and what belongs to
// sanitizers are kept, so that a LONGSHORE_… of the machine changes nothing; `environment` is added.
Finished run_longshore(const std::vector<std::string>& words,
                       const std::map<std::string, std::string>& environment = {});

// The lines of a text, each split at tabs.
std::vector<std::vector<std::string>> tab_lines(const std::string& text);

}  // namespace longshore::test
