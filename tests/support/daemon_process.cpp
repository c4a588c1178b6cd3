#include "support/daemon_process.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/eventually.hpp"
#include "support/places.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words)
    out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_of(const std::map<std::string, std::string>& more) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable)
    if (!std::string_view{*variable}.starts_with("LONGSHORE_"))
      variables.emplace_back(*variable);
  for (const auto& [name, value] : more)
    variables.push_back(name + "=" + value);
  return variables;
}

// The first child of a process, or 0 if it has none yet.
pid_t child_of(pid_t parent) {
  const std::string thread = std::to_string(parent);
  std::ifstream children{"/proc/" + thread + "/task/" + thread + "/children"};
  pid_t child = 0;
  children >> child;
  return child;
}

// Some prefixes execute longshore in their own process ("ip netns exec"), others start it as a child ("strace").
bool is_longshore(pid_t process) {
  std::error_code ignored;
  return std::filesystem::equivalent("/proc/" + std::to_string(process) + "/exe", program(), ignored);
}

// Whether every thread of the process is stopped.
bool is_stopped(pid_t process) {
  for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/task"}) {
    std::ifstream status{thread.path() / "status"};
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("State:") && line.find("T (stopped)") == std::string::npos)
        return false;
  }
  return true;
}

}  // namespace

DaemonProcess::DaemonProcess(Pipeline& pipeline, const Start& start)
    : m_has_prefix(!start.prefix.empty()), m_log_path(pipeline.scratch / "log") {
  pipeline.let_stand();
  std::vector<std::string> words = start.prefix;
  words.insert(words.end(), {program(), "run"});
  for (std::string& word : pipeline.flags())
    words.push_back(std::move(word));
  words.insert(words.end(), start.words.begin(), start.words.end());
  std::vector<std::string> variables = environment_of(start.environment);
  std::vector<char*> argv = pointers(words);
  std::vector<char*> envp = pointers(variables);

  const Fd log{::open(m_log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  if (!log)
    throw system_error(errno, "open " + m_log_path);
  m_log_begin = ::lseek(log.get(), 0, SEEK_END);
  m_child = ::fork();
  if (m_child < 0)
    throw system_error(errno, "fork");
  if (m_child == 0) {
    ::setpgid(0, 0);                     // kill() reaches its children too
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing remains when the test program dies
    ::dup2(log.get(), STDOUT_FILENO);
    ::dup2(log.get(), STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::setpgid(m_child, m_child);  // parent or child, whichever runs first
}

DaemonProcess::~DaemonProcess() {
  if (is_running())
    kill();
}

pid_t DaemonProcess::pid() const {
  if (!m_has_prefix)
    return m_child;
  pid_t child = 0;
  if (!eventually([&] { return (child = is_longshore(m_child) ? m_child : child_of(m_child)) != 0; }))
    throw system_error(ESRCH, "find longshore among the children of its prefix");
  return child;
}

void DaemonProcess::signal(int number) const { ::kill(pid(), number); }

// SIGSTOP is delivered to one thread, which stops the others when it runs. On a busy machine that takes a while, and
// the other threads continue to work.
void DaemonProcess::suspend() const {
  const pid_t process = pid();
  ::kill(process, SIGSTOP);
  if (!eventually([&] { return is_stopped(process); }))
    throw system_error(ETIMEDOUT, "suspend longshore");
}

void DaemonProcess::resume() const { signal(SIGCONT); }

void DaemonProcess::kill() {
  ::kill(-m_child, SIGKILL);
  ::waitpid(m_child, nullptr, 0);
  m_child = -1;
  m_exit = 128 + SIGKILL;
}

int DaemonProcess::stop(std::chrono::milliseconds patience) {
  if (is_running())
    signal(SIGTERM);
  return wait(patience);
}

int DaemonProcess::wait(std::chrono::milliseconds patience) {
  if (!eventually([&] { return !is_running(); }, patience)) {
    FAIL_CHECK("longshore did not end in time; its log:\n" << log());
    kill();
  }
  return m_exit;
}

bool DaemonProcess::is_running() {
  if (m_child < 0)
    return false;
  int status = 0;
  if (::waitpid(m_child, &status, WNOHANG) != m_child)
    return true;
  m_child = -1;
  m_exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

std::string DaemonProcess::log() const {
  std::ifstream file{m_log_path, std::ios::binary};
  file.seekg(m_log_begin);
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool DaemonProcess::wait_for_log(const std::string& part, std::chrono::milliseconds patience) const {
  return eventually([&] { return log().find(part) != std::string::npos; }, patience);
}

}  // namespace longshore::test
