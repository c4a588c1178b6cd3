#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "notify/delivery.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::notify {
namespace {

using Clock = std::chrono::steady_clock;

// How often the program and is_cancelled are checked.
constexpr int k_poll_ms = 50;
constexpr std::size_t k_longest_stderr = 1000;  // the last bytes are kept

// Not passed on: longshore's settings, database passwords, and the variables with which systemd controls its service.
// CREDENTIALS_DIRECTORY is passed on, so that the program finds its own secret.
constexpr std::array<std::string_view, 6> k_private_prefixes = {
    "LONGSHORE_", "PG", "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_FDS", "LISTEN_PID"};

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text{*variable};
    if (std::ranges::none_of(k_private_prefixes, [&](std::string_view prefix) { return text.starts_with(prefix); }))
      variables.emplace_back(text);
  }
  variables.insert(variables.end(), added.begin(), added.end());
  return variables;
}

// Not 0 to 2: the child replaces these. open() returns one of them if the daemon was started with it closed.
Fd above_standard(Fd fd, const std::string& what) {
  if (!fd)
    throw system_error(errno, what);
  if (fd.get() > STDERR_FILENO)
    return fd;
  Fd higher{::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  if (!higher)
    throw system_error(errno, what);
  return higher;
}

Fd memory_file(const std::string& content) {
  Fd fd = above_standard(Fd{::memfd_create("notice", MFD_CLOEXEC)}, "memfd_create");
  write_all(fd.get(), content, "the notice");
  if (::lseek(fd.get(), 0, SEEK_SET) != 0)
    throw system_error(errno, "lseek");
  return fd;
}

struct Pipe {
  Fd out;
  Fd in;

  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0)
      throw system_error(errno, "pipe");
    out = Fd{fds[0]};
    in = above_standard(Fd{fds[1]}, "fcntl");
    // only our end: a program that writes more than fits must block, not lose output
    if (::fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0)
      throw system_error(errno, "fcntl");
  }
};

struct SpawnOptions {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnOptions(const Fd& input, const Fd& errors) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, errors.get(), STDERR_FILENO);
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

class Child {
 public:
  Child(const std::string& program, const std::string& json, const std::vector<std::string>& added) {
    const Fd input = memory_file(json);
    Pipe pipe;
    const SpawnOptions options{input, pipe.in};
    std::vector<std::string> variables = environment_with(added);
    std::vector<char*> environment;
    environment.reserve(variables.size() + 1);
    for (std::string& variable : variables)
      environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string name = program;
    std::array<char*, 2> arguments{name.data(), nullptr};
    const int fault = ::posix_spawn(&m_pid, program.c_str(), &options.actions, &options.attributes, arguments.data(),
                                    environment.data());
    if (fault != 0)
      throw system_error(fault, "start");
    m_stderr_pipe = std::move(pipe.out);
  }

  // Returns false if it was killed.
  bool wait(const IsCancelled& is_cancelled) {
    const auto deadline = Clock::now() + k_command_timeout;
    while (!has_exited()) {
      if (Clock::now() >= deadline || is_cancelled()) {
        ::kill(-m_pid, SIGKILL);
        while (::waitpid(m_pid, &m_status, 0) < 0 && errno == EINTR) {
        }
        read_stderr();
        return false;
      }
      // without a descriptor after end of file: poll would return at once each time
      pollfd fd{m_stderr_pipe.get(), POLLIN, 0};
      ::poll(&fd, m_stderr_pipe ? 1 : 0, k_poll_ms);
      read_stderr();
    }
    read_stderr();
    return true;
  }

  int status() const { return m_status; }

  std::string last_line() const {
    std::string_view text = m_stderr;
    text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r\n") + 1));
    return printable(text.substr(text.find_last_of('\n') + 1));
  }

 private:
  bool has_exited() {
    const pid_t ended = ::waitpid(m_pid, &m_status, WNOHANG);
    return ended == m_pid || (ended < 0 && errno != EINTR);
  }

  void read_stderr() {
    std::array<char, 4096> part{};
    while (m_stderr_pipe) {
      const ssize_t n = ::read(m_stderr_pipe.get(), part.data(), part.size());
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
      if (n <= 0)
        return m_stderr_pipe.reset();
      m_stderr.append(part.data(), static_cast<std::size_t>(n));
      m_stderr.erase(0, m_stderr.size() - std::min(m_stderr.size(), k_longest_stderr));
    }
  }

  pid_t m_pid = -1;
  int m_status = 0;
  Fd m_stderr_pipe;
  std::string m_stderr;  // its last bytes
};

std::string exit_text(int status) {
  if (WIFSIGNALED(status))
    return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Attempt run_command(const std::string& program, const std::string& json, const std::vector<std::string>& variables,
                    const IsCancelled& is_cancelled) try {
  Child child{program, json, variables};
  const bool has_exited = child.wait(is_cancelled);
  if (has_exited && child.status() == 0)
    return {};
  Attempt attempt{has_exited ? exit_text(child.status()) : "killed after its time limit"};
  if (const std::string line = child.last_line(); !line.empty())
    attempt.fault += ": " + line;
  attempt.may_retry = has_exited && WIFEXITED(child.status()) && WEXITSTATUS(child.status()) == 75;
  return attempt;
} catch (const Error& error) {
  return {error.what(), true};
}

}  // namespace longshore::notify
