// Runs the built longshore as a user would, and captures its output.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace longshore::test {

struct Finished {
  int exit = -1;  // 128 + N if signal N ended it
  std::string out;
  std::string err;
};

// Runs `longshore words…` without input. Keeps only PATH, HOME and the options of sanitizers from the caller's environment, so that
// a LONGSHORE_… variable of the machine has no effect; adds `environment`.
Finished run_longshore(const std::vector<std::string>& words,
                       const std::map<std::string, std::string>& environment = {});

// The lines of a text, each split at tabs.
std::vector<std::vector<std::string>> tab_lines(const std::string& text);

}  // namespace longshore::test
