// A daemon without root's rights, and files and directories that become unreadable or not writable for a while.
#include "metrics/scraped.hpp"
#include "support/each_store.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

constexpr unsigned k_user = 64'311;  // used by no account

// A pipeline whose daemon runs as a user without rights, who owns the directories. Only root can set that up.
struct AsUser {
  AsUser() {
    for (const std::string& path : {directory.path().string(), p.scratch.path().string(), p.config.landing})
      is_allowed = is_allowed && ::chown(path.c_str(), k_user, k_user) == 0;
    if (!is_allowed)
      skip_case("only root can run the daemon as another user");
    const std::string id = std::to_string(k_user);
    start.prefix = {"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--"};
  }

  ScratchDirectory directory;
  Pipeline p{sqlite_in(directory)};
  Start start;
  bool is_allowed = true;
};

// Processor time of all threads of the process so far.
std::chrono::nanoseconds processor_time(pid_t process) {
  clockid_t clock{};
  timespec time{};
  REQUIRE(::clock_getcpuclockid(process, &clock) == 0);
  REQUIRE(::clock_gettime(clock, &time) == 0);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(AsUser, "F19: a file without read permission stays in landing until it is readable") {
    if (!is_allowed)
      return;
    p.config.rescan = 200ms;
    Scraped daemon{p, start};
    REQUIRE(daemon.answers("/readyz", 200));
    const std::string hidden = landing_path(p, ".upload");
    write_file(hidden, document("1"));
    fs::last_write_time(hidden, fs::file_time_type::clock::now() - std::chrono::hours{2});
    ::chmod(hidden.c_str(), 0);
    fs::rename(hidden, landing_path(p, routed("1")));
    p.drop(routed("2"), document("2"));
    REQUIRE(daemon.wait_for_log("cannot be read"));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    CHECK(daemon.reaches("longshore_files_waiting", 1));
    CHECK(daemon.metric("longshore_oldest_waiting_age_seconds") == doctest::Approx(7200).epsilon(0.05));
    ::chmod(landing_path(p, routed("1")).c_str(), 0644);
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(outcomes(p) == std::vector<std::string>{routed("1") + "|loaded|1", routed("2") + "|loaded|1"});
    p.check_books();
  }

  TEST_CASE_FIXTURE(AsUser, "F20: landing becomes not writable: files wait, and load when it is writable again") {
    if (!is_allowed)
      return;
    p.config.rescan = 200ms;
    Running daemon{p, start};
    SUBCASE("not writable") { ::chmod(p.config.landing.c_str(), 0555); }
    SUBCASE("no permission at all") { ::chmod(p.config.landing.c_str(), 0); }
    SUBCASE("sticky, of another user") {
      REQUIRE(::chown(p.config.landing.c_str(), 0, 0) == 0);
      ::chmod(p.config.landing.c_str(), 01777);
    }
    p.drop(routed("1"), document("1"));
    REQUIRE(eventually([&] {
      const std::string log = daemon.log();
      return log.find("Permission denied") != log.npos || log.find("not permitted") != log.npos;
    }));
    REQUIRE(daemon.is_running());
    CHECK(p.one("select count(*) from ingest_log") == "0");
    REQUIRE(::chown(p.config.landing.c_str(), k_user, k_user) == 0);
    ::chmod(p.config.landing.c_str(), 0755);
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == 1);
    p.check_books();
  }

  TEST_CASE_FIXTURE(AsUser,
                    "F20: files that arrive in a landing directory without permission do not keep the daemon busy") {
    if (!is_allowed)
      return;
    p.config.retry_first = p.config.retry_last = 10s;
    Running daemon{p, start};
    ::chmod(p.config.landing.c_str(), 0);
    p.drop(routed("1"), document("1"));
    REQUIRE(daemon.wait_for_log("directories not accessible, retrying: "));
    const auto before = processor_time(daemon.pid());
    p.drop(routed("2"), document("2"));
    std::this_thread::sleep_for(2s);
    CHECK(processor_time(daemon.pid()) - before < 500ms);
    ::chmod(p.config.landing.c_str(), 0755);
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_FIXTURE(AsUser, "processed/ becomes not writable: a loaded file waits for its move and is loaded once") {
    if (!is_allowed)
      return;
    Running daemon{p, start};
    ::chmod(p.config.processed.c_str(), 0555);
    p.drop(routed("1"), document("1"));
    REQUIRE(eventually([&] { return p.one("select count(*) from ingest_log") == "1"; }));
    REQUIRE(daemon.wait_for_log("Permission denied"));
    ::chmod(p.config.processed.c_str(), 0755);
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
    CHECK(outcomes(p) == std::vector<std::string>{routed("1") + "|loaded|1"});
    p.check_books();
  }

  TEST_CASE_FIXTURE(
      AsUser,
      "S04 W08: a start without permission for the SQLite file or its directory fails, and nothing is claimed") {
    if (!is_allowed)
      return;
    p.run_once();
    p.drop(routed("1"), document("1"));
    for (const auto& entry : fs::recursive_directory_iterator{p.scratch.path()})
      REQUIRE(::lchown(entry.path().c_str(), k_user, k_user) == 0);
    SUBCASE("the file") { ::chmod(p.target().location.c_str(), 0444); }
    SUBCASE("the directory") {
      fs::remove(p.target().location + ".lock");
      REQUIRE(::chown(directory.path().c_str(), 0, 0) == 0);
    }
    DaemonProcess daemon{p, start};
    CHECK(daemon.wait() == 77);
    CHECK(daemon.log().find("hint: give this user the right") != std::string::npos);
    CHECK(p.files("landing") == std::vector<std::string>{routed("1")});
  }

  TEST_CASE_FIXTURE(AsUser, "S04: the SQLite file becomes read-only: files wait, and load when it is writable again") {
    if (!is_allowed)
      return;
    Running daemon{p, start};
    ::chmod(p.target().location.c_str(), 0444);
    p.drop(routed("1"), document("1"));
    CHECK(daemon.wait_for_log("cannot be written"));
    CHECK(p.one("select count(*) from ingest_log") == "0");
    ::chmod(p.target().location.c_str(), 0644);
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
