// notify_command: how the program is started, judged and killed.
#include "notify/delivery.hpp"
#include "notify/noticing.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::notify;
using namespace longshore::test;

namespace {

bool never() { return false; }

// A script of one test.
struct Script {
  explicit Script(const std::string& text) {
    write_script(path, "cd '" + directory.path().string() + "' || exit 1\n" + text);
  }

  const ScratchDirectory directory;
  const std::string path = directory / "script";
};

notify::Attempt run(const std::string& text, const std::string& json = "{}") {
  const Script script{text};
  return notify::run_command(script.path, json, {}, never);
}

// Also no zombie.
bool is_gone(const std::string& pid) {
  return eventually([&] { return ::kill(std::stoi(pid), 0) != 0; }, 5s);
}

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("the exit code of a command decides about a retry, and its last line is kept") {
    CHECK(run("exit 0").fault.empty());
    CHECK(run("exit 3").fault == "exit code 3");
    CHECK_FALSE(run("exit 3").may_retry);
    CHECK(run("echo out; echo first >&2; echo 'no route to \033[1mhost' >&2; exit 75").fault ==
          "exit code 75: no route to \\x1b[1mhost");
    CHECK(run("exit 75").may_retry);
    CHECK(run("kill -9 $$").fault == "killed by signal 9");
    CHECK(run("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1").fault == "exit code 1: " + std::string(1000, 'x'));
    const notify::Attempt missing = notify::run_command("/nonexistent/script", "{}", {}, never);
    CHECK(missing.fault.find("No such file or directory") != std::string::npos);
  }

  TEST_CASE("a command succeeds whether it reads all of a long notice or nothing") {
    const std::string json(1'000'000, 'x');
    CHECK(run("exit 0", json).fault.empty());
    CHECK(run("[ $(wc -c) = 1000000 ]", json).fault.empty());
  }

  TEST_CASE("a command may write more to standard error than fits into a pipe") {
    // O_NONBLOCK is octal 4000
    CHECK(run("[ $((0$(sed -n 's/^flags:[^0-9]*//p' /proc/$$/fdinfo/2) & 04000)) = 0 ] || exit 3").fault.empty());
    CHECK(run("dd if=/dev/zero bs=1M count=1 >&2 2>/dev/null || exit 4").fault.empty());
  }

  TEST_CASE("a process that a command leaves running does not delay the next notice") {
    const auto begin = std::chrono::steady_clock::now();
    const Script script{"sleep 100 & echo $! > pid"};
    CHECK(notify::run_command(script.path, "{}", {}, never).fault.empty());
    CHECK(std::chrono::steady_clock::now() - begin < 50s);
    ::kill(std::stoi(content_of(script.directory / "pid")), SIGKILL);
  }

  TEST_CASE("a command that hangs is killed with the processes it started") {
    const Script script{"sleep 100 & echo $! > pid; echo $$ > own; echo 'waiting for it' >&2; wait; sleep 100"};
    const std::string pid = script.directory / "pid";
    const notify::Attempt attempt =
        notify::run_command(script.path, "{}", {}, [&] { return !content_of(script.directory / "own").empty(); });
    CHECK(attempt.fault.starts_with("killed after its time limit"));
    CHECK_FALSE(attempt.may_retry);
    CHECK(is_gone(content_of(script.directory / "own")));
    CHECK(eventually(
        [&] {
          // its new parent may not have reaped it yet
          const std::string stat = content_of("/proc/" + std::to_string(std::stoi(content_of(pid))) + "/stat");
          return stat.empty() || stat.find(") Z ") != std::string::npos;
        },
        5s));
  }

  TEST_CASE("a command inherits no descriptor, no blocked or ignored signal, and no secret of the daemon") {
    const ScratchDirectory directory;
    const Recorder recorder{"ls -l /proc/$$/fd > fds; cat /proc/self/status > status; pwd > ready"};
    Pipeline p{sqlite_in(directory)};
    const Running daemon{p,
                         {{"--notify-command", recorder.path(), "--notify-interval", "100ms"},
                          {{"PGPASSWORD", "sw0rdfish"}, {"NOTIFY_SOCKET", "/nonexistent"}, {"MAIL_TO", "me"}}}};
    p.drop(routed("1"), "{]");
    REQUIRE(recorder.receives("file_failed"));
    const std::string status = content_of(recorder / "status");
    CHECK(status.find("SigBlk:\t0000000000000000\n") != std::string::npos);
    const auto ignored = status.find("SigIgn:\t");
    REQUIRE(ignored != std::string::npos);
    // signals 32 and 33 are internal to the C library
    CHECK((std::stoull(status.substr(ignored + 8, 16), nullptr, 16) & 0x7fff'ffffU) == 0);
    const std::string fds = content_of(recorder / "fds");
    CHECK(fds.find("memfd:notice") != std::string::npos);
    for (const char* ours : {"socket:", "inotify", "signalfd", "eventfd", "longshore.db", "/landing"})
      CHECK_MESSAGE(fds.find(ours) == std::string::npos, fds);
    const std::string environment = "\n" + content_of(recorder / "1.env");
    CHECK(environment.find("sw0rdfish") == std::string::npos);
    CHECK(environment.find("\nNOTIFY_SOCKET=") == std::string::npos);
    CHECK(environment.find("\nMAIL_TO=me\n") != std::string::npos);
  }

  TEST_CASE("with a command that hangs, loads continue and the daemon stops in time") {
    const ScratchDirectory directory;
    const Recorder recorder{"echo $$ > pid; sleep 1000"};
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, {{"--notify-command", recorder.path(), "--notify-interval", "100ms"}}};
    p.drop(routed("bad"), "{]");
    REQUIRE(eventually([&] { return !content_of(recorder / "pid").empty(); }));
    for (int i = 0; i < 100; ++i)
      p.drop(routed(std::to_string(i)), document(std::to_string(i)));
    CHECK(all_settled(p, 101));
    CHECK(daemon.stop(20s) == 0);
    CHECK(daemon.log().find("notice not sent, attempts: 1, last error: killed after its time limit") !=
          std::string::npos);
    CHECK(is_gone(content_of(recorder / "pid")));
  }
}
