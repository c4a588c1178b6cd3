// Producers that keep their files open while a daemon runs: no record that they write is lost.
#include "base/fd.hpp"
#include "cli/operating.hpp"
#include "metrics/scraped.hpp"
#include "notify/noticing.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

std::string line(int number, const std::string& vehicle = "v") {
  return R"({"vehicle_id":")" + vehicle + R"(","report_time":"2026-01-01T08:00:0)" + std::to_string(number) +
         R"(Z","status":"driving"})" + "\n";
}

// A producer with its file.
struct Writer {
  explicit Writer(std::string file_path)
      : path(std::move(file_path)), file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    REQUIRE(file);
  }
  void write(const std::string& text) const { write_all(file.get(), text, path); }
  void close() { file.reset(); }

  std::string path;
  Fd file;
};

const std::string k_log = "vehicles_status_log.json";

// Short times, so that a file is taken as soon as it is allowed.
void hurry(Pipeline& p) {
  p.config.settle = p.config.close_delay = p.config.grace = 20ms;
  p.config.open_grace = 1h;
}

std::size_t count_of(const std::string& part, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

const std::string k_found = k_log + ": a process has it open: it is loaded when it is closed";

// The daemon can use the directories without any right of root.
void give_to_nobody(const Pipeline& p, const ScratchDirectory& database) {
  for (const fs::path& root : {p.scratch.path(), database.path()}) {
    REQUIRE(::chown(root.c_str(), 65534, 65534) == 0);
    for (const auto& entry : fs::recursive_directory_iterator{root})
      REQUIRE(::lchown(entry.path().c_str(), 65534, 65534) == 0);
  }
}

// Loads a file: afterwards events show new files, and no listing asks for their writers before their claim.
bool is_watching(Pipeline& p) {
  p.drop("objects_detection_first.json", document("first"));
  return eventually([&] { return p.files("processed").size() == 1; });
}

Start as_nobody() { return {.prefix = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}}; }

bool is_loaded(Pipeline& p, const std::string& expected) {
  return eventually([&] {
    try {
      return p.rows("select file_name, status, rows_loaded from ingest_log where feed = 'vehicles_status'") ==
             std::vector<std::string>{expected};
    } catch (const std::exception&) {  // SQLite: locked
      return false;
    }
  });
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE("F42: a logger that keeps its file open loses no line, and the log says once that it waits") {
    Pipeline p{target};
    hurry(p);
    Running daemon{p};
    Writer logger{landing_path(p, k_log)};
    for (int i = 0; i < 4; ++i) {
      logger.write(line(i));
      std::this_thread::sleep_for(150ms);  // much longer than `settle`
    }
    CHECK(daemon.wait_for_log(k_found));
    CHECK(p.rows("select * from ingest_log").empty());
    CHECK(p.files("landing") == std::vector<std::string>{k_log});
    logger.close();
    CHECK(is_loaded(p, k_log + "|loaded|4"));
    CHECK(daemon.stop() == 0);
    CHECK(count_of(k_found, daemon.log()) == 1);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F42: an upload in place that stalls longer than `grace` in the middle of a record is loaded whole") {
    Pipeline p{target};
    hurry(p);
    Running daemon{p};
    Writer upload{landing_path(p, k_log)};
    upload.write(line(0) + line(1).substr(0, 30));
    CHECK(daemon.wait_for_log(k_found));
    upload.write(line(1).substr(30) + line(2));
    upload.close();
    CHECK(is_loaded(p, k_log + "|loaded|3"));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F42: a file that is renamed in while its writer has it open goes back to landing, once") {
    Pipeline p{target};
    hurry(p);
    SUBCASE("small") {}
    SUBCASE("large") { p.config.large_file = 10; }
    Running daemon{p};
    REQUIRE(is_watching(p));
    Writer writer{landing_path(p, ".held")};
    writer.write(line(0));
    fs::rename(writer.path, landing_path(p, k_log));
    CHECK(daemon.wait_for_log(k_found));
    CHECK(eventually([&] { return p.files("landing") == std::vector<std::string>{k_log}; }));
    struct stat before {};
    REQUIRE(::stat(landing_path(p, k_log).c_str(), &before) == 0);
    std::this_thread::sleep_for(300ms);
    struct stat after {};
    REQUIRE(::stat(landing_path(p, k_log).c_str(), &after) == 0);
    CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);  // not claimed and returned again
    CHECK(p.one("select file_name from ingest_log") == "objects_detection_first.json");
    writer.write(line(1));
    writer.close();
    CHECK(is_loaded(p, k_log + "|loaded|2"));
    CHECK(daemon.stop() == 0);
    CHECK(count_of(k_found, daemon.log()) == 1);
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "F42: other files of the claim load while one with a writer goes back") {
    hurry(p);
    Writer writer{landing_path(p, ".held")};
    writer.write(line(0));
    Running daemon{p};
    REQUIRE(is_watching(p));
    daemon.suspend();
    fs::rename(writer.path, landing_path(p, k_log));
    for (const char* name : {"1", "2", "3"})
      p.drop(routed(name), document(name));
    daemon.resume();
    CHECK(eventually([&] { return p.files("processed").size() == 4; }));
    CHECK(daemon.wait_for_log(k_found));
    CHECK(eventually([&] { return p.files("landing") == std::vector<std::string>{k_log}; }));
    writer.close();
    CHECK(eventually([&] { return p.files("processed").size() == 5; }));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F43: a file that is never closed is loaded after `open_grace`, with a warning") {
    Pipeline p{target};
    hurry(p);
    p.config.open_grace = 300ms;
    Running daemon{p};
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0) + line(1).substr(0, 30));
    CHECK(is_loaded(p, k_log + "|partial|1"));
    CHECK(daemon.log().find(k_log + ": a process still has it open for writing, but it has not changed for 300 ms: "
                                    "loading it") != std::string::npos);
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F42: a name that is taken in landing before the file can return: it waits in its claim") {
    Pipeline p{target};
    hurry(p);
    p.config.loaders = 1;  // no other loader takes the second file meanwhile
    const std::string wait = p.scratch / "wait";
    Running daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", "before_return:1=wait"}, {"LONGSHORE_WAIT", wait}}}};
    REQUIRE(is_watching(p));
    Writer writer{landing_path(p, ".held")};
    writer.write(line(0));
    fs::rename(writer.path, landing_path(p, k_log));
    REQUIRE(eventually([&] { return fs::exists(wait); }));
    p.drop(k_log, line(1, "other"));
    fs::remove(wait);
    CHECK(daemon.wait_for_log(k_log + ": waits for its writer in its claim, because the landing directory has another "
                                      "file of this name"));
    CHECK(is_loaded(p, k_log + "|loaded|1"));  // the other one
    writer.write(line(2));
    writer.close();
    CHECK(eventually([&] { return p.files("processed").size() == 3; }));
    CHECK(p.one("select count(*) from vehicle_status_history") == "3");
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F42: the daemon is killed before or after it returns a file to its writer") {
    for (const char* point : {"before_return:1", "after_return:1"}) {
      Pipeline p{fresh_like(target)};
      hurry(p);
      Writer writer{landing_path(p, ".held")};
      writer.write(line(0));
      {
        Running daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", point}}}};
        REQUIRE(is_watching(p));
        fs::rename(writer.path, landing_path(p, k_log));
        CHECK(daemon.wait() == 137);
      }
      Running daemon{p};
      CHECK(daemon.wait_for_log(k_found));
      writer.write(line(1));
      writer.close();
      CHECK(is_loaded(p, k_log + "|loaded|2"));
      CHECK(daemon.stop() == 0);
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "F43: a daemon is killed after it committed a file that is still open: the file is only moved") {
    Pipeline p{target};
    hurry(p);
    p.config.open_grace = 50ms;
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0));
    {
      Running daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", "before_archive:1"}}}};
      CHECK(daemon.wait() == 137);
    }
    p.config.open_grace = 1h;
    Running daemon{p};
    CHECK(daemon.wait_for_log(k_log + ": recorded before as loaded: moved to "));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE("F42: two daemons leave a file to its writer, and one of them loads it once") {
    Pipeline p{fresh_database()};
    hurry(p);
    Running one{p, {.words = {"--instance=one"}}};
    Running two{p, {.words = {"--instance=two"}}};
    REQUIRE(is_watching(p));
    Writer writer{landing_path(p, ".held")};
    writer.write(line(0));
    fs::rename(writer.path, landing_path(p, k_log));
    CHECK(one.wait_for_log(k_found));
    CHECK(eventually([&] { return p.files("landing") == std::vector<std::string>{k_log}; }));
    writer.write(line(1));
    writer.close();
    CHECK(is_loaded(p, k_log + "|loaded|2"));
    CHECK(one.stop() == 0);
    CHECK(two.stop() == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F42: a run with --once leaves a file that has a writer, and loads it when it is old enough") {
    Pipeline p{target};
    hurry(p);
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0));
    p.drop(routed("1"), document("v"));
    {
      DaemonProcess run{p};
      CHECK(run.wait() == 75);
      CHECK(run.log().find("1 files were not finished: some are open for writing") != std::string::npos);
      CHECK(run.log().find("left in the landing directory: " + k_log) != std::string::npos);
    }
    CHECK(p.files("landing") == std::vector<std::string>{k_log});
    const timespec old[2] = {{0, UTIME_OMIT}, {::time(nullptr) - 7200, 0}};
    REQUIRE(::utimensat(AT_FDCWD, landing_path(p, k_log).c_str(), old, 0) == 0);
    {
      DaemonProcess run{p};
      CHECK(run.wait() == 0);
    }
    CHECK(p.one("select status, rows_loaded from ingest_log where file_name = '" + k_log + "'") == "loaded|1");
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "F42: status and metrics say which files wait for their writer, until they are closed") {
    hurry(p);
    p.config.once = false;
    Scraped daemon{p};
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0));
    CHECK(daemon.reaches("longshore_files_waiting_for_writer", 1));
    CHECK(daemon.reaches("longshore_files_waiting", 1));
    const Finished json = operate(p, {"status", "--json"});
    CHECK(json.out.find(R"("open_files":1,"open_names":[")" + k_log + "\"]") != std::string::npos);
    CHECK(
        json.out.find("\"oldest_waits\":\"a process has it open for writing: it is claimed when it is closed, or when "
                      "it has not changed for 10 min\"") != std::string::npos);
    writer.close();
    CHECK(daemon.reaches("longshore_files_waiting_for_writer", 0));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    CHECK(operate(p, {"status", "--json"}).out.find(R"("open_files":0,"open_names":[])") != std::string::npos);
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F43: a reload does not start the time of an open file again") {
    Pipeline p{target};
    hurry(p);
    p.config.open_grace = 3s;
    Running daemon{p};
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0));
    CHECK(daemon.wait_for_log(k_found));
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) {
      daemon.signal(SIGHUP);
      std::this_thread::sleep_for(700ms);
    }
    CHECK(is_loaded(p, k_log + "|loaded|1"));
    CHECK(std::chrono::steady_clock::now() - begin < 5500ms);  // it would be 5.8 s
    CHECK(daemon.stop() == 0);
    CHECK(count_of(k_found, daemon.log()) == 1);
  }

  TEST_CASE_ON_EACH_STORE(
      "F44: a file that grows after it was loaded is found, and replay --grown loads what was added") {
    Pipeline p{target};
    hurry(p);
    p.config.grace = 300ms;
    p.config.open_grace = 100ms;
    const Recorder recorder;
    p.config.notify_command = recorder.path();
    Running daemon{p};
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0));
    CHECK(is_loaded(p, k_log + "|loaded|1"));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    SUBCASE("soon") { writer.write(line(1)); }
    SUBCASE("later, while the writer still has it open") {
      std::this_thread::sleep_for(600ms);
      writer.write(line(1));
    }
    const std::string size = std::to_string(line(0).size());
    const std::string grown = std::to_string(2 * line(0).size());
    CHECK(daemon.wait_for_log(k_log + ": grew from " + size + " to " + grown +
                              " bytes after it was loaded; hint: longshore replay --grown 1"));
    CHECK(p.one("select status, size_bytes, grew_to from ingest_log") == "loaded|" + size + "|" + grown);
    CHECK(recorder.receives("file_grew"));
    CHECK(operate(p, {"replay", "--grown"}).out == "1 files replayed: 2 rows, 0 duplicates, 0 rejects\n");
    CHECK(p.one("select rows_loaded, size_bytes, grew_to from ingest_log") == "2|" + grown + "|\\N");
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "F45: without CAP_LEASE, events tell that another user's file is open") {
    if (::geteuid() != 0)
      SKIP("another user's file needs root");
    hurry(p);
    give_to_nobody(p, directory);
    Running daemon{p, as_nobody()};
    Writer writer{landing_path(p, k_log)};  // a file of root
    writer.write(line(0));
    CHECK(daemon.wait_for_log(k_found));
    std::ifstream{writer.path}.get();  // a reader that comes and goes
    std::this_thread::sleep_for(200ms);
    CHECK(p.rows("select * from ingest_log").empty());
    writer.write(line(1));
    writer.close();
    CHECK(is_loaded(p, k_log + "|loaded|2"));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F45: a file that was opened before the start is loaded without a lease, and looked at again") {
    if (::geteuid() != 0)
      SKIP("another user's file needs root");
    hurry(p);
    p.config.grace = 300ms;
    give_to_nobody(p, directory);
    Writer writer{landing_path(p, k_log)};
    writer.write(line(0));
    Running daemon{p, as_nobody()};
    CHECK(is_loaded(p, k_log + "|loaded|1"));
    CHECK(daemon.wait_for_log(k_log +
                              ": loaded without a lease: whether a process has it open for writing is not known; "
                              "hint: files of other users need the capability CAP_LEASE"));
    writer.write(line(1));
    CHECK(daemon.wait_for_log(": grew from "));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
