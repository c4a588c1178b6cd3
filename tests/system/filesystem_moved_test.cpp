// Directories that are removed, moved or replaced while the daemon runs.
#include "metrics/scraped.hpp"
#include "notify/noticing.hpp"
#include "support/each_store.hpp"
#include "support/mount.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

void drop_one(Pipeline& p, const std::string& name) { p.drop(routed(name), document(name)); }

void check_loaded(Pipeline& p, DaemonProcess& daemon, std::size_t files) {
  CHECK(all_settled(p, files));
  REQUIRE(daemon.is_running());
  CHECK(daemon.stop() == 0);
  CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(files));
  CHECK(p.one("select count(*) from detection_events") == std::to_string(files));
  p.check_books();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(OnSqlite,
                    "F22: landing is removed and created again: the daemon waits, and loads files from the new one") {
    Running daemon{p};
    drop_one(p, "1");
    REQUIRE(all_settled(p, 1));
    fs::remove_all(p.config.landing);
    REQUIRE(daemon.wait_for_log("waiting for it"));
    fs::create_directory(p.config.landing);
    drop_one(p, "2");
    check_loaded(p, daemon, 2);
  }

  TEST_CASE_FIXTURE(
      OnSqlite, "F21: landing is renamed and created again: the new one is watched, the old one is left untouched") {
    Running daemon{p};
    drop_one(p, "1");
    REQUIRE(all_settled(p, 1));
    const std::string old = p.scratch / "old";
    fs::rename(p.config.landing, old);
    fs::create_directory(p.config.landing);
    write_file(old + "/" + routed("lost"), document("lost"));
    drop_one(p, "2");
    check_loaded(p, daemon, 2);
    CHECK(fs::exists(old + "/" + routed("lost")));
  }

  TEST_CASE_FIXTURE(OnSqlite, "F23: landing is unmounted and mounted again, with files in it") {
    const std::string disk = p.scratch / "disk";
    fs::create_directory(disk);
    auto mounted = Mount::bind(disk, p.config.landing);
    if (!mounted)
      return;
    p.config.rescan = 100ms;
    Running daemon{p};
    drop_one(p, "1");
    REQUIRE(all_settled(p, 1));
    mounted->unmount();
    write_file(disk + "/" + routed("2"), document("2"));
    const auto again = Mount::bind(disk, p.config.landing);
    check_loaded(p, daemon, 2);
  }

  TEST_CASE_FIXTURE(
      OnSqlite, "F23: a mount covers landing: files in the mount are loaded, and files below it after the unmount") {
    p.config.rescan = 100ms;
    Running daemon{p};
    drop_one(p, "1");
    REQUIRE(all_settled(p, 1));
    {
      const auto over = Mount::tmpfs(p.config.landing);
      if (!over)
        return;
      drop_one(p, "2");
      REQUIRE(all_settled(p, 2));
    }
    drop_one(p, "3");
    check_loaded(p, daemon, 3);
  }

  TEST_CASE_FIXTURE(OnSqlite, "F24: the work directory is removed while it is empty: it is created again") {
    Running daemon{p};
    drop_one(p, "1");
    REQUIRE(all_settled(p, 1));
    fs::remove_all(p.config.work);
    drop_one(p, "2");
    check_loaded(p, daemon, 2);
  }

  TEST_CASE("F24: the day's directory is removed between two files of a batch: it is created again for the second") {
    for (const std::string shelf : {"processed", "failed"}) {
      const ScratchDirectory directory;
      Pipeline p{sqlite_in(directory)};
      const bool is_good = shelf == "processed";
      const std::string wait = p.scratch / "wait";
      for (const std::string name : {"1", "2"})
        p.drop(routed(name), is_good ? document(name) : "[oops]");
      std::this_thread::sleep_for(2 * p.config.settle);  // so that one claim has both
      Running daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", "after_move:1=wait"}, {"LONGSHORE_WAIT", wait}}}};
      REQUIRE(eventually([&] { return fs::exists(wait); }));
      for (const auto& day : fs::directory_iterator{p.scratch / shelf})
        fs::remove_all(day.path());
      fs::remove(wait);
      CHECK(all_settled(p, 2));
      CHECK(eventually([&] { return p.files(shelf).size() == (is_good ? 1 : 2); }));  // the second file, and its reason
      CHECK(daemon.stop() == 0);
      CHECK(daemon.log().find("removed by another process") == std::string::npos);
      CHECK(p.files("landing").empty());
    }
  }

  TEST_CASE("F12: a file that is removed from its claim after the commit is counted and reported with its outcome") {
    for (const bool is_good : {true, false}) {
      const ScratchDirectory directory;
      const Recorder recorder;
      Pipeline p{sqlite_in(directory)};
      const std::string wait = p.scratch / "wait";
      Scraped daemon{p,
                     {.words = {"--notify-command", recorder.path(), "--notify-interval", "100ms"},
                      .environment = {{"LONGSHORE_CRASH_AT", "before_move:1=wait"}, {"LONGSHORE_WAIT", wait}}}};
      p.drop(routed("1"), is_good ? document("1") : "[oops]");
      REQUIRE(eventually([&] { return fs::exists(wait); }));
      for (const std::string& name : p.files("landing"))
        if (name.ends_with(routed("1")))
          fs::rename(landing_path(p, name), p.scratch / "taken");
      fs::remove(wait);
      CHECK(daemon.wait_for_log("removed by another process after it was recorded as "));
      CHECK(daemon.reaches("longshore_files_total{feed=\"objects_detection\",outcome=\"" +
                               std::string{is_good ? "loaded" : "failed"} + "\"}",
                           1));
      if (!is_good)
        CHECK(recorder.receives("file_failed"));
      CHECK(daemon.stop() == 0);
      CHECK(daemon.log().find("kept as") == std::string::npos);
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "F24: processed/ is removed with its files: it is created again, and those files are not loaded again") {
    Pipeline p{target};
    Running daemon{p};
    drop_one(p, "1");
    REQUIRE(all_settled(p, 1));
    fs::remove_all(p.config.processed);
    drop_one(p, "2");
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == 1);
    CHECK(outcomes(p) == std::vector<std::string>{routed("1") + "|loaded|1", routed("2") + "|loaded|1"});
  }
}
