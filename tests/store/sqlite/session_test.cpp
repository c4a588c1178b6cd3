#include "base/error.hpp"
#include "store/sqlite/error.hpp"
#include "store/sqlite/file.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"
#include "support/scratch_directory.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
using store::Access;
using store::Engine;
using store::Target;

namespace {

Error refusal(const std::string& path, Access access) {
  try {
    (void)store::open({Engine::sqlite, path}, access, "longshore/tests");
  } catch (const Error& error) {
    return error;
  }
  FAIL("opened");
  return {Fault::fatal, ""};
}

}  // namespace

TEST_CASE("each SQLite code has its fault") {
  using store::sqlite::fault_of;
  CHECK(fault_of(SQLITE_BUSY) == Fault::contention);
  CHECK(fault_of(SQLITE_BUSY_SNAPSHOT) == Fault::contention);
  CHECK(fault_of(SQLITE_LOCKED) == Fault::contention);
  for (const int code :
       {SQLITE_CONSTRAINT, SQLITE_CONSTRAINT_NOTNULL, SQLITE_CONSTRAINT_DATATYPE, SQLITE_TOOBIG, SQLITE_MISMATCH})
    CHECK(fault_of(code) == Fault::bad_file);
  for (const int code : {SQLITE_FULL, SQLITE_IOERR, SQLITE_IOERR_FSYNC, SQLITE_CANTOPEN, SQLITE_READONLY,
                         SQLITE_READONLY_DBMOVED, SQLITE_NOMEM, SQLITE_PROTOCOL})
    CHECK(fault_of(code) == Fault::unavailable);
  CHECK(fault_of(99) == Fault::transient);
  for (const int code : {SQLITE_CORRUPT, SQLITE_CORRUPT_INDEX, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_MISUSE})
    CHECK(fault_of(code) == Fault::fatal);
}

TEST_CASE("a second exclusive session is refused, with the path and a hint") {
  const ScratchDirectory directory;
  const std::string path = directory / "x.db";
  const auto first = store::open({Engine::sqlite, path}, Access::exclusive, "longshore/daemon");

  const Error error = refusal(path, Access::exclusive);

  CHECK(error.fault() == Fault::fatal);
  CHECK(error.exit() == Exit::left_over);
  CHECK(std::string{error.what()} == "another longshore writes to \"" + path + "\": \"" + path + ".lock\" is locked");
  CHECK(error.hint() == "stop the other daemon, or use PostgreSQL");
  CHECK_NOTHROW(store::open({Engine::sqlite, path}, Access::read_write, "longshore/retry"));
}

TEST_CASE("the lock ends with its session") {
  const ScratchDirectory directory;
  for (int i = 0; i < 2; ++i)
    CHECK_NOTHROW(store::open({Engine::sqlite, directory / "x.db"}, Access::exclusive, "longshore/daemon"));
}

TEST_CASE("a read-only session reads during a write transaction and sees only committed rows") {
  const ScratchDirectory directory;
  const Target target{Engine::sqlite, directory / "x.db"};
  const auto writer = open_migrated(target, built_in());
  writer->begin();
  writer->exec("insert into ingest_log (file_name, status) values ('a', 'loaded')");
  const auto reader = store::open(target, Access::read_only, "longshore/log");

  CHECK(reader->exec("select * from ingest_log").empty());
  writer->commit();
  CHECK(reader->exec("select * from ingest_log").size() == 1);
  CHECK_THROWS_AS(reader->exec("delete from ingest_log"), Error);
}

TEST_CASE("a read-only session does not create a missing database") {
  const ScratchDirectory directory;
  const std::string path = directory / "none.db";

  const Error error = refusal(path, Access::read_only);

  CHECK(std::string{error.what()} == "the database does not exist: \"" + path + "\"");
  CHECK(error.exit() == Exit::config);
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("an error for a missing directory names the directory") {
  const ScratchDirectory directory;
  const Error error = refusal(directory / "missing/x.db", Access::exclusive);
  CHECK(error.fault() == Fault::fatal);
  CHECK(error.exit() == Exit::cannot_create);
  CHECK(std::string{error.what()}.find("missing") != std::string::npos);
}

TEST_CASE("a file that is not a database is not changed") {
  const ScratchDirectory directory;
  const std::string path = directory / "notes.txt";
  std::ofstream{path} << std::string(5000, 'x');
  for (const Access access : {Access::read_only, Access::read_write, Access::exclusive}) {
    const Error error = refusal(path, access);
    CHECK(error.fault() == Fault::fatal);
    CHECK(error.exit() == Exit::config);
    CHECK(error.code() == "SQLITE_NOTADB");
  }
  CHECK(std::filesystem::file_size(path) == 5000);
}

TEST_CASE("commits are durable: WAL with synchronous=FULL") {
  const ScratchDirectory directory;
  const auto session = store::open({Engine::sqlite, directory / "x.db"}, Access::exclusive, "longshore/daemon");
  CHECK(store::as_text(session->exec("pragma journal_mode").rows[0][0]) == "wal");
  CHECK(store::as_int(session->exec("pragma synchronous").rows[0][0]) == 2);
}

TEST_CASE("a database that was removed while it was open is not written") {
  const ScratchDirectory directory;
  const Target target{Engine::sqlite, directory / "x.db"};
  const auto session = open_migrated(target, built_in());
  std::filesystem::remove(target.location);
  try {
    session->begin();
    FAIL("the file was removed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::unavailable);
    CHECK(std::string{error.what()}.find("restore it, or restart") != std::string::npos);
  }
  CHECK(!session->is_open());
}

TEST_CASE("after a full disk the session rolls back and can be used when there is space") {
  const ScratchDirectory directory;
  const auto session = open_migrated({Engine::sqlite, directory / "x.db"}, built_in());
  const std::int64_t pages = store::as_int(session->exec("pragma page_count").rows[0][0]);
  session->exec("pragma max_page_count = " + std::to_string(pages));
  session->begin();
  try {
    session->exec("insert into ingest_log (file_name, status, error) values ('a', 'failed', $1)",
                  {std::string(100'000, 'x')});
    FAIL("there was space");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::unavailable);
    CHECK(error.code() == "SQLITE_FULL");
  }
  session->rollback();
  session->exec("pragma max_page_count = 1000000");
  session->begin();
  session->exec("insert into ingest_log (file_name, status) values ('a', 'failed')");
  session->commit();
  CHECK(session->exec("select * from ingest_log").size() == 1);
}

TEST_CASE("network file systems are recognized by their type number") {
  using store::sqlite::is_network_file_system;
  CHECK(is_network_file_system(0x6969));
  CHECK(is_network_file_system(static_cast<long>(0xff534d42)));
  CHECK(is_network_file_system(static_cast<int>(0xfe534d42)));
  CHECK(!is_network_file_system(0xef53));
}

TEST_CASE("a cached statement in use is not removed from the cache") {
  const ScratchDirectory directory;
  for (int texts = 56; texts < 70; ++texts) {
    const auto session = open_migrated({Engine::sqlite, directory / (std::to_string(texts) + ".db")}, built_in());
    for (int i = 0; i < texts; ++i)
      session->exec("select " + std::to_string(i));
    const Registry registry = built_in();
    RowBatch window{*registry.find("objects_detection")};
    for (int i = 0; i < 20; ++i)
      add_detection(window, 0, "v" + std::to_string(i % 7), "2024-01-01T00:00:00Z");
    window.sort();
    const std::int64_t file_id = 1;
    for (int time = 0; time < 2; ++time) {
      store::LoadCounts counts;
      counts.loaded.assign(1, 0);
      session->begin();
      session->load(window, {&file_id, 1}, counts);
      session->commit();
      CHECK(counts.loaded[0] == (time == 0 ? 7 : 0));
    }
  }
}

TEST_CASE("a user without rights on the directory can read the database while no longshore runs, and later") {
  if (::getuid() != 0)
    SKIP("only root can try this as another user");
  const ScratchDirectory directory;
  const std::string path = directory / "x.db";
  std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
  const std::string reader = "setpriv --reuid=65534 --regid=65534 --clear-groups sqlite3 -readonly '" + path +
                             "' 'select count(*) from ingest_log' >'" + directory / "out" + "' 2>&1";
  for (int runs = 1; runs <= 2; ++runs) {
    open_migrated({Engine::sqlite, path}, built_in())
        ->exec("insert into ingest_log (claim, file_name, status) values ($1, 'a', 'loaded')", {std::int64_t{runs}});
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::permissions(path + suffix, std::filesystem::perms{0644});
    CHECK(std::filesystem::file_size(path + "-wal") == 0);

    const int exit = std::system(reader.c_str());

    std::string out;
    std::getline(std::ifstream{directory / "out"}, out);
    CHECK_MESSAGE(exit == 0, out);
    CHECK(out == std::to_string(runs));
  }
}
