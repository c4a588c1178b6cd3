// processed/ and failed/ are on another file system: a move is a copy, and may be killed or fail at each of its calls.
#include "base/digest.hpp"
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "support/mount.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// Each round has one good and one broken file: both are archived completely, and nothing else is there.
void check_two(Pipeline& p, std::size_t round) {
  CHECK(p.files("processed").size() == round);
  CHECK(p.files("failed").size() == 2 * round);
  for (const std::string& row : p.rows("select sha256, archive_path from ingest_log"))
    CHECK(sha256_of_file(p.scratch / row.substr(65)) == row.substr(0, 64));
  p.check_books();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(
      OnSqlite, "F25: after a kill at each call of a move to another file system, the next start completes the move") {
    fs::create_directory(p.config.processed);
    fs::create_directory(p.config.failed);
    const auto processed = Mount::tmpfs(p.config.processed);
    const auto failed = Mount::tmpfs(p.config.failed);
    if (!processed || !failed || !can_inject())
      return;
    std::size_t round = 0;
    std::size_t kills = 0;
    for (const char* call :
         {"mkdirat:when=2", "renameat2:when=1", "renameat2:when=2", "renameat2:when=3", "renameat2:when=4",
          "renameat:when=1", "fchmod:when=1", "utimensat:when=1", "lseek:when=3", "fsync:when=1", "fsync:when=2",
          "fsync:when=3", "fsync:when=4", "unlinkat:when=1", "unlinkat:when=2", "unlinkat:when=3", "unlinkat:when=4"}) {
      std::string what{call};
      what.insert(what.find(':'), ":signal=KILL");
      INFO(what);
      const std::string number = std::to_string(++round);
      {
        Running daemon{p};
        const Injection injection{daemon.pid(), {what}, p.scratch / "strace"};
        p.drop(routed("a" + number), document("a" + number, 3));
        p.drop(routed("b" + number), "[oops" + number + "]");
        eventually([&] { return !daemon.is_running() || all_settled(p, 2 * round, 0s); });
        kills += daemon.is_running() ? 0 : 1;
      }
      Running daemon{p};
      REQUIRE(all_settled(p, 2 * round));
      CHECK(daemon.stop() == 0);
      check_two(p, round);
    }
    CHECK(kills > 10);  // of 17: how many of the later calls occur depends on the order of the two loaders
  }

  TEST_CASE_FIXTURE(OnSqlite, "F25: a copy to another file system that fails at any call is repeated") {
    fs::create_directory(p.config.processed);
    fs::create_directory(p.config.failed);
    const auto processed = Mount::tmpfs(p.config.processed);
    const auto failed = Mount::tmpfs(p.config.failed);
    if (!processed || !failed || !can_inject())
      return;
    Running daemon{p};
    CHECK(daemon.wait_for_log('"' + p.config.processed + "\" is on another mount than the landing directory"));
    CHECK(daemon.wait_for_log('"' + p.config.failed + "\" is on another mount than the landing directory"));
    std::size_t round = 0;
    for (const char* what :
         {"write:error=ENOSPC:when=4..5", "fsync:error=EIO:when=1..2", "unlinkat:error=EIO:when=1..2",
          "unlinkat:error=EACCES:when=2..3", "lseek:error=EIO:when=1..3"}) {
      INFO(what);
      const std::string number = std::to_string(++round);
      const Injection injection{daemon.pid(), {what}, p.scratch / "strace"};
      p.drop(routed("a" + number), document("a" + number, 3));
      p.drop(routed("b" + number), "[oops" + number + "]");
      REQUIRE(all_settled(p, 2 * round));
      CHECK(injection.hits() > 0);
    }
    CHECK(daemon.stop() == 0);
    check_two(p, round);
  }
}
