// Faults of the SQLite file and its disk: no loaded row is lost, no file is loaded twice.
#include "support/injection.hpp"
#include "support/mount.hpp"
#include "support/scratch_directory.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

std::string integrity(Pipeline& p) { return p.one("pragma integrity_check"); }

bool is_in_landing(const Pipeline& p, const std::string& name) {
  const auto names = p.files("landing");
  return std::ranges::any_of(names, [&](const std::string& path) { return path.ends_with(routed(name)); });
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("S02: while the disk of the SQLite file is full, files wait; when there is space, all load") {
    const ScratchDirectory directory;
    const auto disk = Mount::tmpfs(directory.path(), "size=600k");
    if (!disk)
      return;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    for (int i = 0; i < 40; ++i)
      p.drop(routed(std::to_string(i)), document("v" + std::to_string(i), 500));
    REQUIRE(daemon.wait_for_log("files wait"));
    p.drop(routed("bad"), "[oops]");
    REQUIRE(daemon.is_running());
    disk->resize("size=64m");
    CHECK(all_settled(p, 41));
    CHECK(daemon.stop() == 0);
    CHECK(integrity(p) == "ok");
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded' and rows_loaded = 500") == "40");
    p.check_books();
  }

  TEST_CASE("S03: each write and each sync of the SQLite file fails in turn, and each file is loaded once") {
    if (!can_inject())
      return;
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.retry_last = 20ms;
    Running daemon{p};
    std::size_t files = 0;
    // only SQLite uses these calls; the daemon syncs directories with fsync
    for (const char* call : {"fdatasync", "pwrite64"}) {
      int hit = 0;
      for (int n = 1; n <= 40; ++n) {
        const std::string what = std::string{call} + ":error=EIO:when=" + std::to_string(n);
        INFO(what);
        const Injection injection{daemon.pid(), {what}, p.scratch / "strace"};
        const std::string name = std::to_string(files);
        p.drop(routed(name), document("v" + name));
        REQUIRE(all_settled(p, ++files));
        REQUIRE(daemon.is_running());
        if (injection.hits() == 0)
          break;
        ++hit;
      }
      CHECK(hit > 0);
    }
    CHECK(daemon.stop() == 0);
    CHECK(integrity(p) == "ok");
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded' and rows_loaded = 1") ==
          std::to_string(files));
    CHECK(p.files("processed").size() == files);
    p.check_books();
  }

  TEST_CASE("S04: if the SQLite file is moved, no new one is created; files wait until it is moved back") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    p.drop(routed("1"), document("1"));
    REQUIRE(all_settled(p, 1));
    const std::string path = p.target().location;
    const std::string away = directory / "away";
    const auto move_all = [](const std::string& from, const std::string& to) {
      for (const char* suffix : {"", "-wal", "-shm"})
        if (fs::exists(from + suffix))
          fs::rename(from + suffix, to + suffix);
    };
    move_all(path, away);
    p.drop(routed("2"), document("2"));
    REQUIRE(daemon.wait_for_log("files wait"));
    REQUIRE(daemon.is_running());
    CHECK(!fs::exists(path));
    move_all(away, path);
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(outcomes(p) == std::vector<std::string>{routed("1") + "|loaded|1", routed("2") + "|loaded|1"});
    CHECK(integrity(p) == "ok");
    p.check_books();
  }

  TEST_CASE("S04: if the SQLite file is truncated to nothing, the daemon does not write to it; files stay") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    p.drop(routed("1"), document("1"));
    REQUIRE(all_settled(p, 1));
    const std::string path = p.target().location;
    fs::resize_file(path + "-wal", 0);
    fs::resize_file(path, 0);
    p.drop(routed("2"), document("2"));
    REQUIRE(daemon.wait_for_log("files wait"));
    CHECK(is_in_landing(p, "2"));
    daemon.kill();
    CHECK(fs::file_size(path) == 0);
    CHECK(is_in_landing(p, "2"));
  }

  TEST_CASE("S04: if the SQLite file is replaced by a file that is no database, the daemon exits with 78; files stay") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    p.drop(routed("1"), document("1"));
    REQUIRE(all_settled(p, 1));
    const std::string path = p.target().location;
    for (const char* suffix : {"", "-wal", "-shm"})
      fs::remove(path + suffix);
    write_file(path, std::string(100'000, 'x'));
    p.drop(routed("2"), document("2"));
    CHECK(daemon.wait() == 78);
    CHECK(daemon.log().find("hint: ") != std::string::npos);
    CHECK(is_in_landing(p, "2"));
  }

  TEST_CASE("S04: if the SQLite file is replaced by another program's database, it gets no table and files wait") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    p.drop(routed("1"), document("1"));
    REQUIRE(all_settled(p, 1));
    const std::string path = p.target().location;
    for (const char* suffix : {"", "-wal", "-shm"})
      fs::remove(path + suffix);
    REQUIRE(std::system(("sqlite3 '" + path + "' 'create table t (a)'").c_str()) == 0);
    p.drop(routed("2"), document("2"));
    REQUIRE(daemon.wait_for_log(": parked: "));
    CHECK(is_in_landing(p, "2"));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select group_concat(name) from sqlite_schema") == "t");
  }

  TEST_CASE("S04: an SQLite file that was damaged between two runs is refused with 78 and not changed") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.run_once();
    p.drop(routed("1"), document("1"));
    const std::string path = p.target().location;
    std::string broken = content_of(path);
    SUBCASE("the header is overwritten") { broken.replace(0, 200, 200, 'x'); }
    SUBCASE("the tables are overwritten") { broken.replace(100, 3996, 3996, 'x'); }
    SUBCASE("the second half is missing") { broken.resize(broken.size() / 2); }
    write_file(path, broken);
    p.config.once = false;
    DaemonProcess daemon{p};
    CHECK(daemon.wait() == 78);
    CHECK(daemon.log().find("hint: ") != std::string::npos);
    CHECK(content_of(path).size() == broken.size());
    CHECK(is_in_landing(p, "1"));
  }
}
