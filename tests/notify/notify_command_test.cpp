// The program that is told, and what it can do to the daemon.
#include "notify/notify_command.hpp"

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

// Not even as a zombie.
bool is_gone(const std::string& pid) {
  return eventually([&] { return ::kill(std::stoi(pid), 0) != 0; }, 5s);
}

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("how a command ends decides whether it is tried again, and its last words are kept") {
    CHECK(run("exit 0").fault.empty());
    CHECK(run("exit 3").fault == "it ended with exit code 3");
    CHECK_FALSE(run("exit 3").again);
    CHECK(run("echo out; echo first >&2; echo 'no route to \033[1mhost' >&2; exit 75").fault ==
          "it ended with exit code 75: no route to \\x1b[1mhost");
    CHECK(run("exit 75").again);
    CHECK(run("kill -9 $$").fault == "it was ended by signal 9");
    CHECK(run("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1").fault ==
          "it ended with exit code 1: " + std::string(1000, 'x'));
    const notify::Attempt missing = notify::run_command("/nonexistent/script", "{}", {}, never);
    CHECK(missing.fault.find("No such file or directory") != std::string::npos);
  }

  TEST_CASE("a command need not read what it is told, however long that is; and it may read all of it") {
    const std::string json(1'000'000, 'x');
    CHECK(run("exit 0", json).fault.empty());
    CHECK(run("[ $(wc -c) = 1000000 ]", json).fault.empty());
  }

  TEST_CASE("a command that writes more words than a pipe holds loses none of them") {
    // O_NONBLOCK is octal 4000
    CHECK(run("[ $((0$(sed -n 's/^flags:[^0-9]*//p' /proc/$$/fdinfo/2) & 04000)) = 0 ] || exit 3").fault.empty());
    CHECK(run("dd if=/dev/zero bs=1M count=1 >&2 2>/dev/null || exit 4").fault.empty());
  }

  TEST_CASE("what a command leaves running does not hold the next notice up") {
    const auto begin = std::chrono::steady_clock::now();
    const Script script{"sleep 100 & echo $! > pid"};
    CHECK(notify::run_command(script.path, "{}", {}, never).fault.empty());
    CHECK(std::chrono::steady_clock::now() - begin < 50s);
    ::kill(std::stoi(content_of(script.directory / "pid")), SIGKILL);
  }

  TEST_CASE("a command that hangs is killed with what it has started") {
    const Script script{"sleep 100 & echo $! > pid; echo $$ > own; echo 'waiting for it' >&2; wait; sleep 100"};
    const std::string pid = script.directory / "pid";
    const notify::Attempt attempt =
        notify::run_command(script.path, "{}", {}, [&] { return !content_of(script.directory / "own").empty(); });
    CHECK(attempt.fault.starts_with("it was killed: its time was up"));
    CHECK_FALSE(attempt.again);
    CHECK(is_gone(content_of(script.directory / "own")));
    CHECK(eventually(
        [&] {
          // reparented, it may wait for its new parent to take note
          const std::string stat = content_of("/proc/" + std::to_string(std::stoi(content_of(pid))) + "/stat");
          return stat.empty() || stat.find(") Z ") != std::string::npos;
        },
        5s));
  }

  TEST_CASE("a command inherits no descriptor, no signal that is blocked or ignored, and no secret of the daemon") {
    const ScratchDirectory directory;
    const Recorder recorder{"ls -l /proc/$$/fd > fds; cat /proc/self/status > status; pwd > ready"};
    Pipeline p{sqlite_in(directory)};
    const Running daemon{p,
                         {{"--notify-command", recorder.path(), "--notify-interval", "100ms"},
                          {{"PGPASSWORD", "sw0rdfish"}, {"NOTIFY_SOCKET", "/nonexistent"}, {"MAIL_TO", "me"}}}};
    p.drop(routed("1"), "{]");
    REQUIRE(recorder.hears("file_failed"));
    const std::string status = content_of(recorder / "status");
    CHECK(status.find("SigBlk:\t0000000000000000\n") != std::string::npos);
    const auto ignored = status.find("SigIgn:\t");
    REQUIRE(ignored != std::string::npos);
    // the C library keeps 32 and 33 to itself
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

  TEST_CASE("with a command that hangs, loads go on and the daemon ends in time") {
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
    CHECK(daemon.log().find("a notice is given up after a try: it was killed: its time was up") != std::string::npos);
    CHECK(is_gone(content_of(recorder / "pid")));
  }
}
