// Notices to a program of the operator's.
#pragma once

#include "notify/attempt.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace longshore::notify {

inline constexpr std::chrono::seconds k_command_timeout{30};

// Starts the program, without a shell and without arguments, and waits for it: the JSON is its standard input, a file that may be read
// again; what it writes to standard output is thrown away; `essentials` ("NAME=value") join its environment. It is a process group of
// its own, inherits no descriptor and no signal mask, and is killed with its group when its time is up. Exit code 0 is success, 75
// asks for another try. The fault ends with the last line of its standard error.
Attempt run_command(const std::string& program, const std::string& json, const std::vector<std::string>& essentials,
                    const GiveUp& give_up);

}  // namespace longshore::notify
