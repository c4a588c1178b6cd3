// Runs a shell command, for example a script of ./dev.
#pragma once

#include <string>

namespace longshore::test {

struct ScriptRun {
  int exit = -1;  // -1 if a signal ended it
  std::string output;
};

// The output contains standard output and standard error.
ScriptRun run_script(const std::string& command);

}  // namespace longshore::test
