// Operator's commands after a crash, with links, or after a user moved files.
#include "cli/operating.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace longshore;
using namespace longshore::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
constexpr const char* k_name = "objects_detection_1.json";
constexpr const char* k_when = "2022-06-05T21:02:34.546Z";

std::string document() { return events(event("a", k_when)); }

}  // namespace

TEST_SUITE("after a crash") {
  // the crash changes the name of the claim's directory
  TEST_CASE_ON_EACH_STORE("verify finds the claimed file of a crashed process, and does not advise to skip it") {
    for (const bool committed : {false, true}) {
      Pipeline p{fresh_like(target)};
      p.run_once();
      p.config.large_file = committed ? p.config.large_file : 1;
      p.drop(k_name, document());
      const std::string crash = std::string{"before_decode/"} + k_name + ":1=abort";
      CHECK(DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", crash}}}}.wait() == 128 + SIGABRT);
      if (committed)
        CHECK(DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", "before_move:1"}}}}.wait() == 137);
      const auto finished = operate(p, {"verify"}).out;
      CHECK_MESSAGE(finished.find("stale_loading") == std::string::npos, finished);
      CHECK_MESSAGE(finished.find("missing_") == std::string::npos, finished);
      CHECK((!committed || finished.find("not_moved") != std::string::npos));
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "the reason file of a large file has the time of the failure, even if it is written after a crash") {
    Pipeline p{target};
    p.run_once();
    p.config.large_file = 1;
    p.drop(k_name, "{\"objects_detection_events\":[\n}}}");
    CHECK(DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", "before_archive:1"}}}}.wait() == 137);
    CHECK(DaemonProcess{p}.wait() == 65);
    for (const auto& entry : fs::recursive_directory_iterator{p.config.failed})
      if (entry.path().string().ends_with(".reason.txt")) {
        std::ifstream in{entry.path()};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        CHECK_MESSAGE(text.find("at:      2000-") == std::string::npos, text);
      }
  }

  TEST_CASE("a second daemon is refused even if the first one opened the new database through a link") {
    const ScratchDirectory directory;
    fs::create_directory(directory / "real");
    fs::create_symlink(directory / "real/db", directory / "link");
    Pipeline p{{store::Engine::sqlite, directory / "link"}};
    p.config.once = false;
    DaemonProcess first{p};
    REQUIRE(first.wait_for_log("watches"));
    DaemonProcess second{p};
    CHECK(second.wait(5s) == 75);
    CHECK(first.stop() == 0);
  }

  TEST_CASE("a daemon waits for a database that was removed behind its link, and does not create a new one") {
    const ScratchDirectory directory;
    fs::create_directory(directory / "real");
    fs::create_symlink(directory / "real/db", directory / "link");
    Pipeline p{{store::Engine::sqlite, directory / "link"}};
    p.run_once();
    p.config.once = false;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log("watches"));
    for (const char* name : {"real/db", "real/db-wal", "real/db-shm"})
      fs::remove(directory / name);
    p.drop(k_name, document());
    CHECK(daemon.wait_for_log("files wait"));
    CHECK(daemon.is_running());
    CHECK(!fs::exists(directory / "real/db"));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE_ON_EACH_STORE("retry does not report that a removed file returned to landing") {
    Pipeline p{target};
    p.run_once();
    p.config.once = false;
    p.config.retry_first = p.config.retry_last = 300ms;
    p.drop(k_name, document());
    DaemonProcess daemon{p, {.environment = {{"LONGSHORE_FAIL_AT", "before_load:1-3=unavailable"}}}};
    REQUIRE(daemon.wait_for_log("files wait"));
    for (const std::string& name : p.files("landing"))
      if (name.ends_with(k_name))
        fs::remove(p.config.landing + "/" + name);
    REQUIRE(eventually([&] { return p.one("select count(*) from ingest_log where status = 'failed'") == "1"; }));
    CHECK(daemon.stop() == 0);
    const auto finished = operate(p, {"retry", "--all"});
    CHECK(finished.out.find("returned") == std::string::npos);
    CHECK(operate(p, {"retry", p.one("select file_id from ingest_log")}).exit != 0);
  }
}
