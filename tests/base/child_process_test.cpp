#include "base/child_process.hpp"

#include "base/error.hpp"
#include "support/eventually.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/wait.h>

using namespace longshore;
using namespace longshore::test;
using namespace std::chrono_literals;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// By rename: another thread of the tests may start a process, which would hold the file open for writing.
void write_script(const std::string& path, const std::string& text) {
  std::ofstream{path + ".new", std::ios::binary} << "#!/bin/sh\n" << text;
  std::filesystem::permissions(path + ".new", std::filesystem::perms::owner_all);
  std::filesystem::rename(path + ".new", path);
}

bool never() { return false; }

struct Script {
  explicit Script(const std::string& text) {
    write_script(path, "cd '" + directory.path().string() + "' || exit 1\n" + text);
  }
  std::string content(const std::string& name) const { return content_of(directory / name); }

  // Its input is one piece.
  ChildProgram with(const std::string& input = "") const {
    ChildProgram child;
    child.command = {path};
    child.environment = {"PATH=/usr/bin:/bin"};
    child.input = [input, is_first = true](std::string& out) mutable {
      if (is_first)
        out += input;
      is_first = false;
      return false;
    };
    child.longest_line = 1000;
    child.timeout = 60s;
    return child;
  }

  const ScratchDirectory directory;
  const std::string path = directory / "script";
};

// The same lines again and again, so that the input is far longer than a pipe.
InputPieces many_pieces(int& calls, int count) {
  return [&calls, count](std::string& out) {
    for (int i = 0; i < 100; ++i)
      out += std::string(99, static_cast<char>('a' + i % 26)) + '\n';
    return ++calls < count;
  };
}

// Ended, and not a zombie that its new parent has not reaped yet.
bool has_ended(const std::string& pid) {
  return eventually([&] {
    const std::string stat = content_of("/proc/" + std::to_string(std::stoi(pid)) + "/stat");
    return stat.empty() || stat.find(") Z ") != std::string::npos;
  });
}

}  // namespace

TEST_SUITE("child process") {
  TEST_CASE("a program gets a long input while it writes a long output and long errors") {
    const Script script{"tee /dev/stderr; echo end"};
    int calls = 0;
    ChildProgram child = script.with();
    child.input = many_pieces(calls, 2000);
    child.longest_errors = 250;
    const ChildEnd end = run_child(child, never);
    CHECK(end.succeeded());
    CHECK(calls == 2000);
    CHECK(end.last_line == "end");
    CHECK(end.errors == std::string(49, 't') + '\n' + std::string(99, 'u') + '\n' + std::string(99, 'v') + '\n');
  }

  TEST_CASE("a program that writes much before it reads its input does not block") {
    const Script script{"head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo; wc -c"};
    const ChildEnd end = run_child(script.with(std::string(1'000'000, 'x')), never);
    CHECK(end.succeeded());
    CHECK(end.last_line == "1000000");
    CHECK(end.errors == std::string(64 << 10, '\0'));
  }

  TEST_CASE("a program that closes its input early ends neither this process nor itself") {
    sigset_t before;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    const auto handler = std::signal(SIGPIPE, SIG_DFL);
    for (const char* text : {"exec <&-; echo read > read; sleep 0.3; echo ended", "head -c 10 > read; echo ended"}) {
      const Script script{text};
      int calls = 0;
      ChildProgram child = script.with();
      child.input = many_pieces(calls, 1'000'000);
      const ChildEnd end = run_child(child, never);
      CHECK(end.succeeded());
      CHECK(end.last_line == "ended");
      CHECK(calls < 1'000'000);
    }
    sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(sigismember(&after, SIGPIPE) == sigismember(&before, SIGPIPE));
    ::sigpending(&after);
    CHECK(sigismember(&after, SIGPIPE) == 0);
    std::signal(SIGPIPE, handler);
  }

  TEST_CASE("an input that ends with an exception never looks complete to the program") {
    const Script script{"echo $$ > pid; cat > input; echo whole > whole"};
    ChildProgram child = script.with();
    bool is_first = true;
    child.input = [&](std::string& out) {
      if (!is_first && eventually([&] { return script.content("input") == "first\n"; }))
        throw Error{Fault::disconnected, "the server has gone"};
      is_first = false;
      out += "first\n";
      return true;
    };
    CHECK_THROWS_WITH_AS(run_child(child, never), "the server has gone", Error);
    CHECK(has_ended(script.content("pid")));
    CHECK_FALSE(std::filesystem::exists(script.directory / "whole"));
  }

  TEST_CASE("it is known how a program ended") {
    CHECK(run_child(Script{"exit 0"}.with(), never).succeeded());
    const ChildEnd three = run_child(Script{"echo {}; exit 3"}.with(), never);
    CHECK(exit_text(three.status) == "exit code 3");
    CHECK(three.last_line == "{}");
    CHECK_FALSE(three.succeeded());
    CHECK(exit_text(run_child(Script{"kill -9 $$"}.with(), never).status) == "killed by signal 9");
    const ChildEnd long_line = run_child(Script{"echo short; head -c 1001 /dev/zero"}.with(), never);
    CHECK(long_line.last_line.empty());
    CHECK(long_line.line_is_too_long);
  }

  TEST_CASE("a program that cannot be started says why") {
    const auto start = [](const std::string& path) {
      ChildProgram child;
      child.command = {path};
      child.input = InputFile{"nothing", ""};
      const ChildEnd end = run_child(child, never);
      CHECK(end.how == ChildEnd::How::not_started);
      CHECK_FALSE(end.succeeded());
      return end.status;
    };
    const ScratchDirectory directory;
    CHECK(start(directory / "missing") == ENOENT);
    std::ofstream{directory / "plain"} << "echo\n";
    CHECK(start(directory / "plain") == EACCES);
    std::filesystem::permissions(directory / "plain", std::filesystem::perms::owner_all);
    CHECK(start(directory / "plain") == ENOEXEC);
  }

  TEST_CASE("with SIGCHLD ignored, as its parent may leave it, the exit code is still known") {
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    CHECK(exit_text(run_child(Script{"exit 3"}.with(), never).status) == "exit code 3");
    std::signal(SIGCHLD, before);
  }

  TEST_CASE("a program has the given environment only, and what it leaves running does not delay its end") {
    const Script script{"env > env; sleep 100 & echo $! > pid; echo started"};
    ChildProgram child = script.with();
    child.environment.emplace_back("LONGSHORE_TASK=roll up");
    const ChildEnd end = run_child(child, never);
    CHECK(end.succeeded());
    CHECK(end.last_line == "started");
    CHECK(script.content("env").find("LONGSHORE_TASK=roll up\n") != std::string::npos);
    CHECK(script.content("env").find("HOME=") == std::string::npos);
    CHECK(::kill(std::stoi(script.content("pid")), SIGKILL) == 0);

    ::setenv("LONGSHORE_TEST_SECRET", "x", 1);
    ::setenv("LONGSHORE_TEST_PLAIN", "x", 1);
    const std::array<std::string_view, 1> secret{"LONGSHORE_TEST_SECRET="};
    std::string all;
    for (const std::string& variable : environment_without(secret))
      all += variable + '\n';
    CHECK(all.find("LONGSHORE_TEST_PLAIN=x\n") != std::string::npos);
    CHECK(all.find("SECRET") == std::string::npos);
  }

  TEST_CASE("after its timeout a program is asked to end, and may clean up") {
    const Script script{"trap 'echo cleaned >&2; exit 0' TERM; echo up > up; while :; do sleep 0.05; done"};
    ChildProgram child = script.with();
    child.timeout = 500ms;
    // the timeout is not looked at before the trap is set
    child.input = [&](std::string&) {
      eventually([&] { return script.content("up") == "up\n"; });
      return false;
    };
    const ChildEnd end = run_child(child, never);
    CHECK(end.how == ChildEnd::How::timed_out);
    CHECK(end.errors.ends_with("cleaned\n"));
    CHECK_FALSE(end.succeeded());
  }

  TEST_CASE("a program that ignores SIGTERM is killed with the processes that it started") {
    // two levels, each of which ignores the signal
    const Script script{"trap '' TERM; sh -c 'echo $$ > inner; sleep 1000; sleep 1000' & echo $$ > outer; echo up >&2; "
                        "while :; do sleep 1000; done"};
    ChildProgram child = script.with();
    child.grace = 200ms;
    const auto is_up = [&] { return !script.content("inner").empty() && !script.content("outer").empty(); };
    const ChildEnd end = run_child(child, is_up);
    CHECK(end.how == ChildEnd::How::cancelled);
    CHECK(exit_text(end.status) == "killed by signal 9");
    CHECK(end.errors == "up\n");
    CHECK(has_ended(script.content("inner")));
    CHECK(has_ended(script.content("outer")));
  }

  TEST_CASE("the grace of processes whose parent has ended at once is not cut short") {
    // the script ends by SIGTERM, what it started needs a moment
    const Script script{"sh -c 'trap \"sleep 0.3; echo cleaned > cleaned; exit\" TERM; echo up > up; "
                        "while :; do sleep 0.05; done' & wait"};
    const ChildEnd end = run_child(script.with(), [&] { return !script.content("up").empty(); });
    CHECK(end.how == ChildEnd::How::cancelled);
    CHECK(exit_text(end.status) == "killed by signal 15");
    CHECK(script.content("cleaned") == "cleaned\n");
  }
}
