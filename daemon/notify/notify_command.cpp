#include "notify/notify_command.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"

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

// How soon an end is noticed.
constexpr int k_look_ms = 50;
constexpr std::size_t k_kept_of_stderr = 1000;

// What stands in our environment for us alone: settings and passwords of the database, and systemd's wires to its service.
// CREDENTIALS_DIRECTORY stays: it is where the program may have its own secret.
constexpr std::array<std::string_view, 6> k_ours = {
    "LONGSHORE_", "PG", "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_FDS", "LISTEN_PID"};

std::vector<std::string> environment_with(const std::vector<std::string>& essentials) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text{*variable};
    if (std::ranges::none_of(k_ours, [&](std::string_view ours) { return text.starts_with(ours); }))
      variables.emplace_back(text);
  }
  variables.insert(variables.end(), essentials.begin(), essentials.end());
  return variables;
}

// Not 0 to 2, which are given new meanings in the child, should ours be closed.
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

Fd file_in_memory(const std::string& content) {
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
    // ours alone: a program whose words do not fit must wait, not lose them
    if (::fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0)
      throw system_error(errno, "fcntl");
  }
};

struct Spawning {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  Spawning(const Fd& input, const Fd& errors) {
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
  ~Spawning() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Spawning(const Spawning&) = delete;
};

class Child {
 public:
  Child(const std::string& program, const std::string& json, const std::vector<std::string>& essentials) {
    const Fd input = file_in_memory(json);
    Pipe pipe;
    const Spawning spawning{input, pipe.in};
    std::vector<std::string> variables = environment_with(essentials);
    std::vector<char*> environment;
    environment.reserve(variables.size() + 1);
    for (std::string& variable : variables)
      environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string name = program;
    std::array<char*, 2> arguments{name.data(), nullptr};
    const int fault = ::posix_spawn(&m_pid, program.c_str(), &spawning.actions, &spawning.attributes, arguments.data(),
                                    environment.data());
    if (fault != 0)
      throw system_error(fault, "start");
    m_errors = std::move(pipe.out);
  }

  // False: it had to be killed.
  bool wait(const GiveUp& give_up) {
    const auto end = Clock::now() + k_command_timeout;
    while (!has_ended()) {
      if (Clock::now() >= end || give_up()) {
        ::kill(-m_pid, SIGKILL);
        while (::waitpid(m_pid, &m_status, 0) < 0 && errno == EINTR) {
        }
        read_errors();
        return false;
      }
      // at its end, or that of its output, poll would return at once and for ever
      pollfd fd{m_errors.get(), POLLIN, 0};
      ::poll(&fd, m_errors ? 1 : 0, k_look_ms);
      read_errors();
    }
    read_errors();
    return true;
  }

  int status() const { return m_status; }

  std::string last_line() const {
    std::string_view text = m_said;
    text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r\n") + 1));
    return printable(text.substr(text.find_last_of('\n') + 1));
  }

 private:
  bool has_ended() {
    const pid_t ended = ::waitpid(m_pid, &m_status, WNOHANG);
    return ended == m_pid || (ended < 0 && errno != EINTR);
  }

  void read_errors() {
    std::array<char, 4096> part{};
    while (m_errors) {
      const ssize_t n = ::read(m_errors.get(), part.data(), part.size());
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
      if (n <= 0)
        return m_errors.reset();
      m_said.append(part.data(), static_cast<std::size_t>(n));
      m_said.erase(0, m_said.size() - std::min(m_said.size(), k_kept_of_stderr));
    }
  }

  pid_t m_pid = -1;
  int m_status = 0;
  Fd m_errors;
  std::string m_said;  // the end of it
};

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return "it was ended by signal " + std::to_string(WTERMSIG(status));
  return "it ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Attempt run_command(const std::string& program, const std::string& json, const std::vector<std::string>& essentials,
                    const GiveUp& give_up) try {
  Child child{program, json, essentials};
  const bool was_in_time = child.wait(give_up);
  if (was_in_time && child.status() == 0)
    return {};
  Attempt attempt{was_in_time ? how_it_ended(child.status()) : "it was killed: its time was up"};
  if (const std::string line = child.last_line(); !line.empty())
    attempt.fault += ": " + line;
  attempt.again = was_in_time && WIFEXITED(child.status()) && WEXITSTATUS(child.status()) == 75;
  return attempt;
} catch (const Error& error) {
  return {error.what(), true};
}

}  // namespace longshore::notify
