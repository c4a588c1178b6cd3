// The disk of the server is full: files wait, and load when there is space.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/mount.hpp"
#include "support/postgres_server.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// Creates a directory next to the server's data directory.
std::string directory_of(const PostgresServer& server, const std::string& name) {
  const std::string path = fs::path{server.data()}.parent_path() / name;
  fs::create_directory(path);
  return path;
}

// Changes the owner: a new tmpfs belongs to root.
void give_to_server(const PostgresServer& server, const std::string& path) {
  struct stat owner {};
  REQUIRE(::stat(server.data().c_str(), &owner) == 0);
  REQUIRE(::chown(path.c_str(), owner.st_uid, owner.st_gid) == 0);
  REQUIRE(::chmod(path.c_str(), 0700) == 0);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D20: while the disk of a table is full, files wait; when there is space, they load") {
    PostgresServer server;
    const std::string place = directory_of(server, "small");
    const auto disk = Mount::tmpfs(place, "size=4m");
    if (!disk)
      return;
    give_to_server(server, place);
    server.start();
    Pipeline p{server.fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    const auto admin = store::open(p.target(), store::Access::read_write, "longshore/tests");
    admin->exec("create tablespace small location '" + place + "'");
    admin->exec("alter table detection_events set tablespace small");
    admin->exec("alter table detection_events add column stuffing text default repeat('x', 400)");
    p.config.once = false;
    DaemonProcess daemon{p};
    work.drop_small(4);
    REQUIRE(eventually([&] { return work.is_done(); }));
    work.drop_large(20'000);  // larger than the disk
    work.drop_small(10);
    REQUIRE(eventually([&] { return count(server.log(), "No space left on device") >= 4; }));
    CHECK(!work.is_done());
    CHECK(p.files("failed").empty());
    CHECK(daemon.is_running());
    disk->resize("size=64m");
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D21: the daemon waits for a server that stopped because the WAL disk was full") {
    PostgresServer server{{"min_wal_size=2MB", "max_wal_size=64MB", "wal_recycle=off"}, {"--wal-segsize=1"}};
    const std::string place = directory_of(server, "wal");
    const auto disk = Mount::tmpfs(place, "size=8m");
    if (!disk)
      return;
    give_to_server(server, place);
    fs::copy(server.data() + "/pg_wal", place, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator{place})
      give_to_server(server, entry.path());
    fs::remove_all(server.data() + "/pg_wal");
    fs::create_directory_symlink(place, server.data() + "/pg_wal");
    server.start();
    Pipeline p{server.fresh_database()};
    Workload work{p};
    p.config.once = false;
    DaemonProcess daemon{p};
    work.drop_small(4);
    REQUIRE(eventually([&] { return work.is_done(); }));
    work.drop_large(20'000);
    work.drop_large(20'000);
    REQUIRE(eventually([&] { return server.log().find("PANIC:") != std::string::npos; }));
    REQUIRE(eventually([&] { return !server.is_running(); }));
    CHECK(!work.is_done());
    CHECK(p.files("failed").empty());
    CHECK(daemon.is_running());
    disk->resize("size=256m");
    server.start();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }
}
