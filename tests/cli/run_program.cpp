#include "cli/run_program.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/places.hpp"

#include <array>
#include <cerrno>
#include <sstream>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw system_error(errno, "pipe");
  return {Fd{ends[0]}, Fd{ends[1]}};
}

bool is_kept(std::string_view variable) {
  for (const std::string_view kept :
       {"PATH=", "HOME=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=", "LSAN_OPTIONS="})
    if (variable.starts_with(kept))
      return true;
  return false;
}

std::vector<std::string> environment_of(const std::map<std::string, std::string>& more) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable)
    if (is_kept(*variable))
      variables.emplace_back(*variable);
  for (const auto& [name, value] : more)
    variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words)
    out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// Reads both at once: a program that fills one pipe while we wait for the other would hang.
void read_both(Pipe& out, Pipe& err, Finished& finished) {
  std::array<pollfd, 2> polls = {pollfd{out.read.get(), POLLIN, 0}, pollfd{err.read.get(), POLLIN, 0}};
  std::array<std::string*, 2> texts = {&finished.out, &finished.err};
  for (int open = 2; open > 0;) {
    if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR)
      throw system_error(errno, "poll");
    for (std::size_t i = 0; i < polls.size(); ++i) {
      if (polls[i].fd < 0 || polls[i].revents == 0)
        continue;
      std::array<char, 65536> buffer;
      const std::size_t n = read_some(polls[i].fd, buffer, "pipe");
      texts[i]->append(buffer.data(), n);
      if (n == 0) {
        polls[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

Finished run_longshore(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
  std::vector<std::string> command = {program()};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<std::string> variables = environment_of(environment);
  Pipe out = make_pipe();
  Pipe err = make_pipe();

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
  pid_t child = 0;
  const int fault =
      ::posix_spawn(&child, program().c_str(), &actions, nullptr, pointers(command).data(), pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (fault != 0)
    throw system_error(fault, "start " + program());
  out.write.reset();
  err.write.reset();

  Finished finished;
  read_both(out, err, finished);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw system_error(errno, "waitpid");
  finished.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

std::vector<std::vector<std::string>> tab_lines(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    auto& fields = lines.emplace_back(1);
    for (const char c : line)
      if (c == '\t')
        fields.emplace_back();
      else
        fields.back() += c;
  }
  return lines;
}

}  // namespace longshore::test
