// Runs a program without a shell, and waits for its end. It gets a process group of its own, exactly the given
// environment, no descriptor except 0, 1 and 2, and no blocked or ignored signal. Throws system_error if this process
// has no descriptors or memory for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace longshore {

// Standard input is a file in memory, which the program may read twice. /proc shows it as memfd:NAME.
struct InputFile {
  std::string name;
  std::string content;
};
// Standard input is a pipe. Appends the next piece to `out`, at least one byte; returns false after the last piece. It
// is not called again after the program has closed its input. If it throws, the program is killed before it could see
// the end of an incomplete input, and run_child() throws the same.
using InputPieces = std::function<bool(std::string& out)>;

struct ChildProgram {
  std::vector<std::string> command;      // a path and its arguments; PATH is not searched
  std::vector<std::string> environment;  // "NAME=value"
  std::variant<InputFile, InputPieces> input;
  std::size_t longest_line = 0;  // of standard output, of which only the last line is kept; 0: /dev/null
  std::size_t longest_errors = 64 << 10;
  std::chrono::milliseconds timeout{};
  // After the timeout, or if cancelled: how long the process group has after SIGTERM before it is killed. 0: no
  // SIGTERM.
  std::chrono::milliseconds grace{5000};
};

struct ChildEnd {
  enum class How {
    exited,  // also by a signal
    timed_out,
    cancelled,
    not_started,
  };

  How how = How::exited;
  int status = 0;                 // as waitpid() returns it; of not_started: errno
  std::string last_line;          // of standard output, not blank
  bool line_is_too_long = false;  // then last_line is ""
  std::string errors;             // the end of standard error, as it was written

  bool succeeded() const { return how == How::exited && status == 0; }
};

// Returns when the program itself has ended; processes that it left running keep running, except after a timeout or a
// cancellation. Calls is_cancelled at least 20 times a second, unless the producer of the input takes longer.
ChildEnd run_child(const ChildProgram& program, const std::function<bool()>& is_cancelled);

// "exit code 3", "killed by signal 9".
std::string exit_text(int status);

// The variables of this process that begin with none of these texts ("PG", "HOME="), as "NAME=value".
std::vector<std::string> environment_without(std::span<const std::string_view> prefixes);

}  // namespace longshore
