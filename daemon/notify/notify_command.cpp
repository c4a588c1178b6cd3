#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "notify/delivery.hpp"

#include <array>
#include <string_view>

#include <sys/wait.h>

namespace longshore::notify {
namespace {

// Not passed on: longshore's settings, database passwords, and the variables with which systemd controls its service.
// CREDENTIALS_DIRECTORY is passed on, so that the program finds its own secret.
constexpr std::array<std::string_view, 6> k_private_prefixes = {
    "LONGSHORE_", "PG", "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_FDS", "LISTEN_PID"};

std::string last_line(std::string_view text) {
  text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r\n") + 1));
  return printable(text.substr(text.find_last_of('\n') + 1));
}

}  // namespace

Attempt run_command(const std::string& program, const std::string& json, const std::vector<std::string>& variables,
                    const IsCancelled& is_cancelled) try {
  ChildProgram child{.command = {program},
                     .environment = environment_without(k_private_prefixes),
                     .input = InputFile{"notice", json},
                     .longest_errors = 1000,
                     .timeout = k_command_timeout,
                     .grace = std::chrono::milliseconds{0}};
  child.environment.insert(child.environment.end(), variables.begin(), variables.end());
  const ChildEnd end = run_child(child, is_cancelled);
  if (end.succeeded())
    return {};
  if (end.how == ChildEnd::How::not_started)
    throw system_error(end.status, "start");
  const bool has_exited = end.how == ChildEnd::How::exited;
  Attempt attempt{has_exited ? exit_text(end.status) : "killed after its time limit"};
  if (const std::string line = last_line(end.errors); !line.empty())
    attempt.fault += ": " + line;
  attempt.may_retry = has_exited && WIFEXITED(end.status) && WEXITSTATUS(end.status) == 75;
  return attempt;
} catch (const Error& error) {
  return {error.what(), true};
}

}  // namespace longshore::notify
