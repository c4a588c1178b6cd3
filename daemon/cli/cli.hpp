// The command line: finds the subcommand and runs it.
#pragma once

#include "base/error.hpp"

namespace longshore::cli {

// argv as main got it. Data goes to standard output, messages to standard error. Throws Error: Exit::usage for a command
// line that makes no sense, with a suggestion.
Exit run_command_line(int argc, const char* const* argv);

}  // namespace longshore::cli
