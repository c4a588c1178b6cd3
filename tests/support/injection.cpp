#include "support/injection.hpp"

#include "base/error.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {
namespace {

pid_t tracer_of(const std::filesystem::path& thread) {
  std::ifstream status{thread / "status"};
  for (std::string word; status >> word;)
    if (word == "TracerPid:") {
      pid_t tracer = 0;
      status >> tracer;
      return tracer;
    }
  return 0;
}

bool is_traced(pid_t process) {
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/task", gone})
    if (tracer_of(thread.path()) == 0)
      return false;
  return !gone;
}

}  // namespace

bool can_inject() {
  static const bool can = [] {
    int scope = 0;  // above 0, only ancestors and root may trace
    std::ifstream{"/proc/sys/kernel/yama/ptrace_scope"} >> scope;
    return (scope == 0 || (scope < 3 && ::geteuid() == 0)) &&
           std::system("strace -qq -e trace=none -o /dev/null true 2>/dev/null") == 0;
  }();
  if (!can)
    skip_case("strace is not installed, or may not trace");
  return can;
}

Injection::Injection(pid_t process, const std::vector<std::string>& what, std::string trace)
    : m_trace(std::move(trace)) {
  std::filesystem::remove(m_trace);
  std::vector<std::string> words = {"strace", "-f", "-qq", "-o", m_trace, "-p", std::to_string(process)};
  std::string calls;
  for (const std::string& one : what) {
    words.insert(words.end(), {"-e", "inject=" + one});
    calls += (calls.empty() ? "trace=" : ",") + one.substr(0, one.find(':'));
  }
  words.insert(words.end(), {"-e", calls, "-e", "signal=none"});
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  m_strace = ::fork();
  if (m_strace < 0)
    throw system_error(errno, "fork");
  if (m_strace == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  if (!eventually([&] { return is_traced(process); }, std::chrono::seconds{10}))
    throw system_error(ESRCH, "trace the daemon");
}

Injection::~Injection() {
  ::kill(m_strace, SIGINT);  // detaches from the daemon
  ::waitpid(m_strace, nullptr, 0);
}

std::size_t Injection::hits() const {
  std::ifstream trace{m_trace};
  std::size_t count = 0;
  for (std::string line; std::getline(trace, line);)
    count += line.find("(INJECTED)") != std::string::npos;
  return count;
}

}  // namespace longshore::test
