#include "tasks/program_run.hpp"

#include "base/output_tail.hpp"
#include "base/text.hpp"

#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace longshore::tasks {
namespace {

constexpr std::size_t k_longest_reason = 1000;  // of standard error, in the error of the run

// Not passed on: what may have a password or a secret URL, what is set below, and what is for this process only.
constexpr std::array<std::string_view, 10> k_private = {
    "PGPASSWORD=",     "LONGSHORE_DATABASE=", "LONGSHORE_TASK_DATABASE=", "LONGSHORE_NOTIFY_WEBHOOK=",
    "LONGSHORE_TASK=", "LONGSHORE_TASK_RUN=", "NOTIFY_SOCKET=",           "WATCHDOG_",
    "LISTEN_FDS",      "LISTEN_PID="};

std::vector<std::string> environment_of(const ProgramRun& run) {
  std::vector<std::string> variables = environment_without(k_private);
  // the last one of two would not win: getenv() returns the first
  const auto set = [&](std::string variable) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    std::erase_if(variables, [&](const std::string& other) { return other.starts_with(name); });
    variables.push_back(std::move(variable));
  };
  for (const std::string& variable : run.environment)
    set(variable);
  set("LONGSHORE_TASK=" + run.task.name);
  set("LONGSHORE_TASK_RUN=" + std::to_string(run.run_id));
  set("LONGSHORE_DATABASE=" + run.database.without_password());
  // also "off": else a longshore that the program calls would take the schema of a settings file
  set("LONGSHORE_SCHEMA=" + (run.database.schema.empty() ? "off" : run.database.schema));
  return variables;
}

std::vector<std::string> command_of(const ProgramRun& run) {
  std::vector<std::string> command = run.task.program;
  command.reserve(command.size() + run.parameters.size());
  for (const auto& [key, value] : run.parameters)
    command.push_back(key + "=" + value);
  return command;
}

// One value, and nothing after it.
bool is_json(std::string_view text) {
  using namespace rapidjson;
  MemoryStream bytes{text.data(), text.size()};
  EncodedInputStream<UTF8<>, MemoryStream> stream{bytes};
  Reader reader;
  BaseReaderHandler<UTF8<>> ignore;
  // the reader takes a NUL for the end
  return !text.empty() && text.find('\0') == std::string_view::npos &&
         !reader.Parse<kParseValidateEncodingFlag | kParseIterativeFlag>(stream, ignore).IsError();
}

// Lines of printable text, which any database accepts: colours and invalid bytes are escaped.
std::string printable_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    for (std::size_t tab = 0; tab < line.size();) {
      const std::size_t next = std::min(line.find('\t', tab), line.size());
      out += printable(line.substr(tab, next - tab));
      if (next < line.size())
        out += '\t';
      tab = next + 1;
    }
    if (end < text.size())
      out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::string{tail_of(out, k_program_output)};
}

// Removes the last line, and returns it without white space at its end.
std::string_view take_last_line(std::string_view& text) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  const std::size_t begin = text.find_last_of('\n') + 1;
  const std::string_view line = text.substr(begin);
  text = text.substr(0, begin);
  return line;
}

// The last line, with the line before it if it is only a hint, as of a longshore that the program has called.
std::string reason_in(std::string_view log) {
  std::string reason{take_last_line(log)};
  if (reason.starts_with("hint: "))
    if (const std::string_view before = take_last_line(log); !before.empty())
      reason = std::string{before} + "; " + reason;
  return std::string{clip_utf8(reason, k_longest_reason)};
}

std::string start_error(const std::string& path, int code) {
  const char* advice = "";
  if (code == ENOENT && ::access(path.c_str(), F_OK) == 0)
    advice = " (hint: the interpreter that its first line names is missing)";
  else if (code == EACCES && ::access(path.c_str(), F_OK) == 0)
    advice = " (hint: chmod +x, and a file system that is not mounted with noexec)";
  else if (code == ENOEXEC)
    advice = " (hint: a script begins with #!/bin/sh or the like)";
  return "cannot start \"" + escape(path) + "\": " + std::strerror(code) + advice;
}

std::string error_of(const ChildEnd& end, const ProgramRun& run, const std::string& log) {
  std::string error;
  switch (end.how) {
  case ChildEnd::How::not_started:
    return start_error(run.task.program.at(0), end.status);
  case ChildEnd::How::timed_out:
    error = "stopped after its timeout of " + short_duration(static_cast<std::uint64_t>(run.timeout.count()));
    break;
  case ChildEnd::How::cancelled:
    error = "cancelled";
    break;
  case ChildEnd::How::exited:
    if (end.status == 0)
      return {};
    error = exit_text(end.status);
  }
  const std::string reason = reason_in(log);
  return reason.empty() ? error : error + ": " + reason;
}

}  // namespace

ProgramEnd run_program(const ProgramRun& run, const std::function<bool()>& is_cancelled) {
  const ChildEnd child = run_child({.command = command_of(run),
                                    .environment = environment_of(run),
                                    .input = run.keys,
                                    .longest_line = k_program_output,
                                    .longest_errors = k_program_output,
                                    .timeout = run.timeout},
                                   is_cancelled);
  ProgramEnd end;
  end.is_cancelled = child.how == ChildEnd::How::cancelled;
  end.log = printable_lines(child.errors);
  end.error = error_of(child, run, end.log);
  if (is_json(child.last_line))
    end.result = child.last_line;
  return end;
}

}  // namespace longshore::tasks
