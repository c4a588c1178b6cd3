// The scripts that ./dev runs too, run by a test.
#pragma once

#include <string>

namespace longshore::test {

struct ScriptRun {
  int exit = -1;  // -1 when a signal ended it
  std::string output;
};

// A command line of the shell; its standard error is part of the output.
ScriptRun run_script(const std::string& command);

}  // namespace longshore::test
