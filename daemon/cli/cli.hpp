// The command line: finds the subcommand and runs it.
#pragma once

#include "base/error.hpp"

namespace longshore::cli {

// `argv` is that of main. Prints data to standard output and messages to standard error. Throws Error; for a wrong
// command line with Exit::usage and a suggestion.
Exit run_command_line(int argc, const char* const* argv);

}  // namespace longshore::cli
