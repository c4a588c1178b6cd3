#include "base/child_process.hpp"

#include "base/child_pipes.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore {
namespace {

using Clock = std::chrono::steady_clock;

// How often the program and is_cancelled are checked.
constexpr std::chrono::milliseconds k_poll{50};

struct SpawnOptions {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  explicit SpawnOptions(const ChildPipes& pipes) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipes.child_input(), STDIN_FILENO);
    if (pipes.child_output() >= 0)
      ::posix_spawn_file_actions_adddup2(&actions, pipes.child_output(), STDOUT_FILENO);
    else
      ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, pipes.child_errors(), STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
  }
  ~SpawnOptions() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  SpawnOptions(const SpawnOptions&) = delete;
};

// For execve: pointers into the texts, and nullptr.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// If the parent of this process ignored SIGCHLD, so does this process, and no exit status would be kept.
void keep_exit_statuses() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
      action.sa_handler == SIG_IGN)
    std::signal(SIGCHLD, SIG_DFL);
}

// A started process. It is not reaped before its group needs no signal any more: until then its number, which is also
// the number of the group, cannot become that of another process.
class Child {
 public:
  // Returns errno if the program cannot be started, else 0.
  int start(const ChildProgram& program, const ChildPipes& pipes) {
    keep_exit_statuses();
    const SpawnOptions options{pipes};
    std::vector<std::string> words = program.command;
    std::vector<std::string> variables = program.environment;
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> environment = pointers_to(variables);
    pid_t pid = -1;
    const int fault = ::posix_spawn(&pid, words.at(0).c_str(), &options.actions, &options.attributes, arguments.data(),
                                    environment.data());
    if (fault == 0)
      m_pid = pid;
    return fault;
  }
  Child() = default;
  Child(const Child&) = delete;
  ~Child() {
    if (m_pid < 0)
      return;
    signal_group(SIGKILL);
    while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  bool has_exited() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ? errno != EINTR
                                                                                              : info.si_pid == m_pid;
  }
  void signal_group(int number) const { ::kill(-m_pid, number); }

  int reap() {
    int status = 0;
    const pid_t pid = std::exchange(m_pid, -1);
    while (::waitpid(pid, &status, 0) < 0)
      if (errno != EINTR)
        throw system_error(errno, "waitpid");
    return status;
  }

 private:
  pid_t m_pid = -1;
};

// Sends SIGTERM to the group, and SIGKILL after the grace. The grace ends early when the program has exited and nobody
// has its output open any more. Its input stays open: the end of an incomplete input would look like its whole.
void stop(const Child& child, ChildPipes& pipes, std::chrono::milliseconds grace) {
  const auto end = Clock::now() + grace;
  if (grace.count() > 0)
    child.signal_group(SIGTERM);
  while (Clock::now() < end && !(child.has_exited() && !pipes.has_output()))
    pipes.read_some(k_poll);
  child.signal_group(SIGKILL);
}

}  // namespace

ChildEnd run_child(const ChildProgram& program, const std::function<bool()>& is_cancelled) {
  ChildPipes pipes{program};
  Child child;  // after the pipes: it is killed before its input is closed
  ChildEnd end;
  if (end.status = child.start(program, pipes); end.status != 0) {
    end.how = ChildEnd::How::not_started;
    return end;
  }
  pipes.close_ends_of_child();

  const auto deadline = Clock::now() + program.timeout;
  std::chrono::milliseconds wait{1};
  while (!child.has_exited()) {
    if (is_cancelled())
      end.how = ChildEnd::How::cancelled;
    else if (Clock::now() >= deadline)
      end.how = ChildEnd::How::timed_out;
    if (end.how != ChildEnd::How::exited) {
      stop(child, pipes, program.grace);
      break;
    }
    // a program that has closed its output has usually ended
    if (!pipes.has_output())
      wait = std::min(wait * 2, k_poll);
    pipes.exchange(pipes.has_output() ? k_poll : wait);
  }
  end.status = child.reap();
  pipes.read_rest();
  end.last_line = pipes.last_line().text();
  end.line_is_too_long = pipes.last_line().is_too_long();
  end.errors = pipes.errors().text();
  return end;
}

std::string exit_text(int status) {
  if (WIFSIGNALED(status))
    return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

std::vector<std::string> environment_without(std::span<const std::string_view> prefixes) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text{*variable};
    if (std::ranges::none_of(prefixes, [&](std::string_view prefix) { return text.starts_with(prefix); }))
      variables.emplace_back(text);
  }
  return variables;
}

}  // namespace longshore
