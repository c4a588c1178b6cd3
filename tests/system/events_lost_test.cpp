// Kernel events that are lost or never sent: the listing finds every file.
#include "base/fd.hpp"
#include "support/each_store.hpp"
#include "support/mount.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

constexpr unsigned k_user = 64'312;  // used by no account

int event_queue_length() {
  int most = 16'384;
  std::ifstream{"/proc/sys/fs/inotify/max_queued_events"} >> most;
  return most;
}

// A process that uses all inotify instances of k_user until it is killed. -1 if there is no such process.
pid_t user_without_instances() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::setgid(k_user) != 0 || ::setuid(k_user) != 0)
      ::_exit(1);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (::inotify_init1(0) >= 0) {
    }
    ::raise(SIGSTOP);
    ::pause();
  }
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  if (WIFSTOPPED(status))
    return child;
  return -1;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(
      OnSqlite,
      "I01 I02 P08: while the daemon is stopped, more files arrive than fit into the event queue: all are loaded") {
    // small files are faster on a tmpfs; the test does not need one
    const auto disk = Mount::is_allowed() ? Mount::tmpfs(p.scratch.path(), "size=1g") : std::nullopt;
    fs::create_directories(p.config.landing);
    Running daemon{p};
    daemon.suspend();
    const int files = event_queue_length() / 2 + 500;  // two events each
    if (files > 30'000)
      SKIP("the kernel's event queue is too long here");
    for (int i = 0; i < files; ++i)
      write_file(landing_path(p, routed(std::to_string(i))), document("v" + std::to_string(i)));
    daemon.resume();
    REQUIRE(eventually([&] { return p.one("select count(*) from ingest_log") == std::to_string(files); }, 120s));
    CHECK(all_settled(p, static_cast<std::size_t>(files)));
    CHECK(process_status(daemon.pid(), "VmHWM") < 200'000);
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == std::to_string(files));
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(files));
  }

  TEST_CASE("I03: without an inotify instance the daemon logs it, lists the directory, and loads") {
    const pid_t hoarder = ::geteuid() == 0 ? user_without_instances() : -1;
    if (hoarder < 0)
      SKIP("only root can run the daemon as another user");
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    for (const std::string& path : {directory.path().string(), p.scratch.path().string(), p.config.landing})
      REQUIRE(::chown(path.c_str(), k_user, k_user) == 0);
    p.config.rescan = 200ms;
    const std::string id = std::to_string(k_user);
    Running daemon{
        p, {.words = {}, .environment = {}, .prefix = {"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups"}}};
    CHECK(daemon.wait_for_log("cannot be watched"));
    p.drop(routed("1"), document("1"));
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
    p.check_books();
    ::kill(hoarder, SIGKILL);
    ::waitpid(hoarder, nullptr, 0);
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F40: landing is an overlay and files are put below it without an event: all are loaded") {
    const std::string below = p.scratch / "below";
    fs::create_directory(below);
    const auto disk = Mount::tmpfs(below);
    if (!disk)
      return;
    for (const char* name : {"/lower", "/upper", "/work"})
      fs::create_directory(below + name);
    const std::string options = "lowerdir=" + below + "/lower,upperdir=" + below + "/upper,workdir=" + below + "/work";
    if (::mount("overlay", p.config.landing.c_str(), "overlay", 0, options.c_str()) != 0)
      SKIP("no overlay file system on this machine");
    p.config.rescan = 200ms;
    {
      Running daemon{p};
      p.drop(routed("1"), document("1"));
      CHECK(all_settled(p, 1));
      write_file(below + "/upper/" + routed("2"), document("2"));
      CHECK(all_settled(p, 2));
      CHECK(daemon.stop() == 0);
      p.check_books();
    }
    CHECK(::umount2(p.config.landing.c_str(), MNT_DETACH) == 0);
  }

  TEST_CASE_ON_EACH_STORE(
      "I06: files that arrived before the start, or while the daemon was down, are loaded by the next start") {
    Pipeline p{target};
    for (const char* name : {"1", "2"})
      write_file(landing_path(p, routed(name)), document(name));
    {
      Running daemon{p};
      CHECK(all_settled(p, 2));
      daemon.kill();
    }
    for (const char* name : {"3", "4"})
      p.drop(routed(name), document(name));
    Running daemon{p};
    CHECK(all_settled(p, 4));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == "4");
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F12 I05: files that are removed right after their arrival leave no row, or a complete one") {
    Running daemon{p};
    for (int i = 0; i < 300; ++i) {
      p.drop(routed(std::to_string(i)), document("v" + std::to_string(i)));
      ::unlink(landing_path(p, routed(std::to_string(i))).c_str());
    }
    p.drop(routed("last"), document("last"));
    REQUIRE(eventually([&] { return p.one("select count(*) from ingest_log where file_name like '%last%'") == "1"; }));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == static_cast<std::size_t>(std::stoi(p.one("select count(*) from ingest_log"))));
    CHECK(p.one("select count(*) from ingest_log where status <> 'loaded'") == "0");
    p.check_books();
  }
}
