// Runs the program of a task: the touched keys go to its standard input, one JSON object on each line.
//
// The program has the environment of this process, without passwords and without the variables with which systemd
// controls its service; in addition LONGSHORE_TASK, LONGSHORE_TASK_RUN, LONGSHORE_DATABASE and, if the setting has a
// value, LONGSHORE_SCHEMA. So a `longshore` that it calls uses the same database. The parameters are arguments
// KEY=VALUE after its own.
#pragma once

#include "base/child_process.hpp"
#include "store/store.hpp"
#include "tasks/task.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace longshore::tasks {

// Of the last line of the output, of standard error, and of what is kept of it.
inline constexpr std::size_t k_program_output = 64 << 10;

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct ProgramRun {
  const Task& task;
  std::int64_t run_id;
  Parameters parameters;
  store::Target database;                // its password is not passed on
  std::vector<std::string> environment;  // "NAME=value", in addition: LONGSHORE_CONFIG=… for a longshore that it calls
  InputPieces keys;                      // appends lines that end with a line break
  std::chrono::milliseconds timeout;
};

struct ProgramEnd {
  bool is_cancelled = false;
  std::string error;   // "": exit code 0. Else how it ended, and the last line of its standard error
  std::string result;  // the last line of its standard output, if it is JSON
  std::string log;     // the end of its standard error: lines of printable text

  bool succeeded() const { return error.empty(); }
};

// After the timeout, or if cancelled, the program and the processes that it started get SIGTERM, and SIGKILL 5 s later.
// A program that cannot be started is a failed run. Throws what `keys` throws; the program is killed then.
ProgramEnd run_program(const ProgramRun& run, const std::function<bool()>& is_cancelled);

}  // namespace longshore::tasks
