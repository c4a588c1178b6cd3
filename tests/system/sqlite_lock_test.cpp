// Other programs use the daemon's SQLite file: writers, readers, longshore's commands, and a dump after a crash.
#include "cli/run_program.hpp"
#include "support/scratch_directory.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

Connection connect(const std::string& path) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  sqlite3_busy_timeout(connection, 5000);
  return Connection{connection};
}

void execute(const Connection& connection, const char* sql) {
  CHECK_MESSAGE(sqlite3_exec(connection.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK,
                sqlite3_errmsg(connection.get()));
}

std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;)
    out += static_cast<char>(c);
  CHECK(::pclose(pipe) == 0);
  return out;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("S01: while another program has the SQLite write lock, files wait; then they load") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    const Connection other = connect(p.target().location);
    for (const char* lock : {"begin immediate", "begin exclusive"}) {
      const std::string name = lock + 6;
      execute(other, lock);
      p.drop(routed(name), document(name));
      REQUIRE(eventually([&] { return !fs::exists(landing_path(p, routed(name))); }));
      CHECK(p.one("select count(*) from ingest_log where file_name like '%" + name + "%'") == "0");
      std::this_thread::sleep_for(300ms);
      execute(other, "commit");
      REQUIRE(eventually(
          [&] { return p.one("select count(*) from ingest_log where file_name like '%" + name + "%'") == "1"; }));
    }
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "2");
    p.check_books();
  }

  TEST_CASE("S01: other programs write between the daemon's loads, and the rows of both exist") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    const Connection other = connect(p.target().location);
    execute(other, "create table notes (n integer)");
    for (int i = 0; i < 60; ++i) {
      p.drop(routed(std::to_string(i)), document("v" + std::to_string(i)));
      execute(other, "begin immediate");
      execute(other, "insert into notes values (1)");
      execute(other, "commit");
    }
    CHECK(all_settled(p, 60));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from notes") == "60");
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "60");
    p.check_books();
  }

  TEST_CASE("S05: a reader that does not end makes the write-ahead log grow; a warning is logged, loads continue") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    const Connection writer = connect(p.target().location);
    execute(writer, "create table notes (text blob)");
    std::size_t files = 0;
    const auto load = [&] {
      const std::string number = std::to_string(++files);
      p.drop(routed(number), document("v" + number));
      REQUIRE(all_settled(p, files));
    };
    const auto write_much = [&] { execute(writer, "insert into notes values (zeroblob(20000000))"); };
    write_much();
    load();
    load();
    CHECK(daemon.log().find("write-ahead log") == std::string::npos);
    {
      const Connection reader = connect(p.target().location);
      execute(reader, "begin; select count(*) from ingest_log");
      write_much();
      load();
      load();
      CHECK(daemon.wait_for_log("write-ahead log", 5s));
    }
    load();
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == std::to_string(files));
    p.check_books();
  }

  TEST_CASE("migrate, status, log and rejects work while a daemon loads") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    std::size_t files = 0;
    for (const char* command : {"migrate", "status", "log", "rejects"})
      for (int i = 0; i < 2; ++i) {
        for (int j = 0; j < 10; ++j, ++files)
          p.drop(routed(std::to_string(files)), document("v" + std::to_string(files)));
        std::vector<std::string> words = {command, "--database", p.config.database};
        if (words[0] == "status")
          words.insert(words.end(), {"--landing", p.config.landing});
        const auto finished = run_longshore(words);
        CHECK_MESSAGE(finished.exit == 0, command << ": " << finished.err);
      }
    CHECK(all_settled(p, files));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(files));
    p.check_books();
  }

  TEST_CASE("S06: after the daemon was killed, another program reads all rows of the loaded files") {
    if (std::system("sqlite3 -version >/dev/null 2>&1") != 0)
      SKIP("sqlite3 is not installed");
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    {
      Running daemon{p};
      for (int i = 0; i < 10; ++i)
        p.drop(routed(std::to_string(i)), document("v" + std::to_string(i)));
      REQUIRE(all_settled(p, 10));
      daemon.kill();
    }
    CHECK(fs::file_size(p.target().location + "-wal") > 0);
    const std::string dump = output_of("sqlite3 '" + p.target().location + "' .dump");
    for (int i = 0; i < 10; ++i)
      CHECK(dump.find("INSERT INTO detection_events VALUES('v" + std::to_string(i) + "'") != std::string::npos);
    Running daemon{p};
    p.drop(routed("more"), document("more"));
    CHECK(all_settled(p, 11));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
