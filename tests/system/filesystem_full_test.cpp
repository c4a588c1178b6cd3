// Full and read-only file systems: files wait, are loaded once, and are moved when there is room.
#include "notify/noticing.hpp"
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "support/mount.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include <sys/stat.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

std::string ledger_rows(Pipeline& p) { return p.one("select count(*) from ingest_log"); }

void drop_many(Pipeline& p, int first, int count) {
  for (int i = first; i < first + count; ++i)
    p.drop(routed(std::to_string(i)), document("v" + std::to_string(i), 20));
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "F26: processed/ is full: loaded files wait for their move, loading continues, and nothing is loaded twice") {
    Pipeline p{target};
    fs::create_directory(p.config.processed);
    const auto disk = Mount::tmpfs(p.config.processed, "size=32k");
    if (!disk)
      return;
    {
      Running daemon{p};
      drop_many(p, 0, 20);
      REQUIRE(eventually([&] { return ledger_rows(p) == "20"; }));
      drop_many(p, 20, 5);
      REQUIRE(eventually([&] { return ledger_rows(p) == "25"; }));
      CHECK(p.files("processed").size() < 25);
      daemon.kill();
    }
    Running daemon{p};
    disk->resize("size=4m");
    CHECK(all_settled(p, 25));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == 25);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded' and rows_loaded = 20") == "25");
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F27: failed/ has no inodes left: a failed file waits for its move while good files load") {
    fs::create_directory(p.config.failed);
    const auto disk = Mount::tmpfs(p.config.failed, "size=1m,nr_inodes=4");
    if (!disk)
      return;
    Running daemon{p};
    for (int i = 0; i < 3; ++i)
      p.drop(routed("bad" + std::to_string(i)), "[oops]");
    REQUIRE(eventually([&] { return ledger_rows(p) == "3"; }));
    drop_many(p, 0, 3);
    CHECK(eventually([&] { return p.files("processed").size() == 3; }));
    CHECK(p.files("failed").size() < 6);
    disk->resize("size=1m,nr_inodes=100");
    CHECK(all_settled(p, 6));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("failed").size() == 6);  // each with a reason file
    CHECK(p.one("select count(*) from ingest_log where status = 'failed'") == "3");
    p.check_books();
  }

  TEST_CASE_FIXTURE(
      OnSqlite,
      "F28: the file system of landing is full or has no inodes: files wait there and load when there is room") {
    const auto disk = Mount::tmpfs(p.config.landing, "size=256k,nr_inodes=60");
    if (!disk)
      return;
    Running daemon{p};
    SUBCASE("no room") {
      fill(landing_path(p, ".ballast"));
      fs::resize_file(landing_path(p, ".ballast"), fs::file_size(landing_path(p, ".ballast")) - 8192);
      drop_many(p, 0, 2);
      fill(landing_path(p, ".ballast"));
      drop_many(p, 2, 1);  // empty, because the disk is full
      CHECK(eventually([&] { return ledger_rows(p) == "2"; }));
      fs::remove(landing_path(p, ".ballast"));
      drop_many(p, 2, 1);
    }
    SUBCASE("no inodes") {
      int ballast = 0;
      const auto drop_and_fill = [&](int number) {
        daemon.suspend();
        drop_many(p, number, 1);
        while (::mknod(landing_path(p, ".ballast" + std::to_string(ballast)).c_str(), S_IFREG | 0600, 0) == 0)
          ++ballast;
        daemon.resume();
      };
      drop_and_fill(0);
      CHECK(eventually([&] { return daemon.log().find("No space left on device") != std::string::npos; }));
      CHECK(ledger_rows(p) == "0");
      while (ballast > 0)
        fs::remove(landing_path(p, ".ballast" + std::to_string(--ballast)));
      REQUIRE(all_settled(p, 1));
      drop_and_fill(1);  // the next claim uses the directory of the last one
      CHECK(all_settled(p, 2));
      CHECK(p.files("processed").size() == 2);
      CHECK(daemon.stop() == 0);
      p.check_books();
      return;
    }
    CHECK(all_settled(p, 3));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == 3);
    p.check_books();
  }

  // The errors are injected: a real remount is refused while the daemon has a file open there, but a disk error does not ask.
  TEST_CASE("F31: landing becomes read-only: the daemon claims nothing and continues when it is writable again") {
    if (!can_inject())
      return;
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    {
      const Injection read_only{daemon.pid(),
                                {"mkdirat:error=EROFS", "renameat2:error=EROFS", "utimensat:error=EROFS"},
                                p.scratch / "strace"};
      drop_many(p, 0, 2);
      REQUIRE(daemon.wait_for_log("Read-only file system"));
      CHECK(ledger_rows(p) == "0");
    }
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == 2);
    p.check_books();
  }

  TEST_CASE("a run with --once that finds processed/ full exits with 75 and reports the reason") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    fs::create_directory(p.config.processed);
    const auto disk = Mount::tmpfs(p.config.processed, "size=1m,nr_inodes=1");
    if (!disk)
      return;
    drop_many(p, 0, 1);
    DaemonProcess run{p, {.words = {"--notify-command", recorder.path(), "--notify-interval", "1h"}}};
    CHECK(run.wait() == 75);
    CHECK(ledger_rows(p) == "1");
    REQUIRE(recorder.notices().size() == 1);
    CHECK(at(recorder.notices()[0], "/kind") == "directories_failing");
    CHECK(at(recorder.notices()[0], "/error").ends_with(": No space left on device"));
    disk->resize("size=1m,nr_inodes=100");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.files("processed").size() == 1);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F31: processed/ becomes read-only: loaded files wait, and are moved when it is writable again") {
    Pipeline p{target};
    fs::create_directory(p.config.processed);
    const auto disk = Mount::tmpfs(p.config.processed);
    if (!disk)
      return;
    Running daemon{p};
    disk->read_only(true);
    drop_many(p, 0, 3);
    CHECK(eventually([&] { return ledger_rows(p) == "3"; }));
    CHECK(p.files("processed").empty());
    disk->read_only(false);
    CHECK(all_settled(p, 3));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == 3);
    p.check_books();
  }
}
