#include "base/time.hpp"
#include "cli/run_program.hpp"
#include "store/store.hpp"
#include "support/each_store.hpp"
#include "support/places.hpp"
#include "support/rows.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace longshore;
using test::run_longshore;

namespace {

using Lines = std::vector<std::vector<std::string>>;

std::string url_of(const store::Target& target) {
  return target.engine == store::Engine::sqlite ? "sqlite:" + target.location : target.location;
}

struct File {
  std::string name;
  std::string feed;
  std::string status;
  std::int64_t rows = 0;
  std::int64_t rejects = 0;
  std::string started = "2026-01-02T08:00:00.000000Z";
};

void add_file(store::Session& session, const File& file) {
  session.exec(
      "insert into ingest_log (claim, file_name, feed, status, size_bytes, records, rows_loaded, rows_duplicate, rows_rejected, "
      "started_at, finished_at) values ('c', $1, $2, $3, 100, $4, $5, 0, $6, $7, $7)",
      {file.name, file.feed, file.status, file.rows + file.rejects, file.rows, file.rejects, file.started});
}

// A ledger of four files, oldest first: ids 1 to 4.
void fill(store::Session& session) {
  add_file(session, {"objects_detection_1.json", "objects_detection", "loaded", 10, 0, "2025-12-31T08:00:00.000000Z"});
  add_file(session, {"vehicles_status_1.json", "vehicles_status", "partial", 5, 2});
  add_file(session, {"vehicles_status_\\x0a2.json", "vehicles_status", "failed", 0, 0});
  add_file(session, {"vehicles_status_3.json", "vehicles_status", "loaded", 7, 0, format_time(now_micros())});
  for (const std::int64_t record : {3, 6})
    session.exec(
        "insert into ingest_rejects (file_id, record_no, field, code, reason, value, byte_offset, fault_line, fault_column, "
        "raw) values (2, $1, 'status', 'missing', 'is missing', null, 99, 4, 2, null), "
        "(2, $1, 'vehicle_id', 'type', 'is not a string', '1', 99, 4, 16, '{\"vehicle_id\": 1}')",
        {store::Value{record}});
}

// The file names that `log` lists with these options.
std::vector<std::string> logged(const std::string& url, std::vector<std::string> words) {
  words.insert(words.begin(), {"log", "--database", url});
  const auto finished = run_longshore(words);
  CHECK(finished.exit == 0);
  CHECK(finished.err.empty());
  std::vector<std::string> names;
  for (const auto& line : test::tab_lines(finished.out))
    names.push_back(line.at(1));
  REQUIRE(names.front() == "file_name");
  names.erase(names.begin());
  return names;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("log lists files newest first, and filters them") {
  test::on_each_store([](const store::Target& target) {
    const Registry feeds = test::built_in();
    fill(*test::open_migrated(target, feeds));
    const std::string url = url_of(target);
    const std::vector<std::string> all = {"vehicles_status_3.json", "vehicles_status_\\x0a2.json",
                                          "vehicles_status_1.json", "objects_detection_1.json"};
    CHECK(logged(url, {}) == all);
    CHECK(logged(url, {"--limit", "2"}) == std::vector{all[0], all[1]});
    CHECK(logged(url, {"--status", "failed"}) == std::vector{all[1]});
    CHECK(logged(url, {"--feed", "objects_detection"}) == std::vector{all[3]});
    CHECK(logged(url, {"--since", "2026-01-01"}) == std::vector{all[0], all[1], all[2]});
    CHECK(logged(url, {"--since", "1h"}) == std::vector{all[0]});
    CHECK(logged(url, {"--name", "vehicles_status_?.json"}) == std::vector{all[0], all[2]});
    // a glob matches the bytes of the name, which is escaped in the ledger
    CHECK(logged(url, {"--name", "*_\n2.json"}) == std::vector{all[1]});
    CHECK(logged(url, {"--name", "*_1.json", "--limit", "1"}) == std::vector{all[2]});
    CHECK(logged(url, {"--status", "duplicate"}).empty());
  });
}

TEST_CASE("log --json has every column of the ledger under its name") {
  test::on_each_store([](const store::Target& target) {
    fill(*test::open_migrated(target, test::built_in()));
    const auto finished = run_longshore({"log", "--json", "--status", "partial", "--database", url_of(target)});
    CHECK(
        finished.out ==
        "{\"file_id\":2,\"file_name\":\"vehicles_status_1.json\",\"status\":\"partial\",\"feed\":\"vehicles_status\",\"sha256\":null,"
        "\"name_values\":\"\","
        "\"size_bytes\":100,\"grew_to\":null,\"modified_at\":null,\"attempt\":1,\"records\":7,\"rows_loaded\":5,\"rows_duplicate\":0,\"rows_rejected\":2,\"rows_purged\":null,"
        "\"error\":null,\"error_offset\":null,\"error_line\":null,\"error_column\":null,\"duplicate_of\":null,\"first_time\":null,"
        "\"last_time\":null,\"started_at\":\"2026-01-02T08:00:00.000000Z\",\"finished_at\":\"2026-01-02T08:00:00.000000Z\","
        "\"archive_path\":null,\"packed_bytes\":null,\"purged_at\":null,\"claim\":\"c\",\"claimed_at\":null,\"instance\":null}\n");
  });
}

TEST_CASE("rejects lists the records of one file, or of the newest files with rejects") {
  test::on_each_store([](const store::Target& target) {
    fill(*test::open_migrated(target, test::built_in()));
    const std::string url = url_of(target);
    const std::string name = "vehicles_status_1.json";
    const std::string raw = "{\"vehicle_id\": 1}";
    const Lines wanted = {{"file_id", "file_name", "record_no", "field", "code", "reason", "value", "byte_offset",
                           "fault_line", "fault_column", "raw"},
                          {"2", name, "3", "vehicle_id", "type", "is not a string", "1", "99", "4", "16", raw},
                          {"2", name, "3", "status", "missing", "is missing", "", "99", "4", "2", ""},
                          {"2", name, "6", "vehicle_id", "type", "is not a string", "1", "99", "4", "16", raw},
                          {"2", name, "6", "status", "missing", "is missing", "", "99", "4", "2", ""}};
    CHECK(test::tab_lines(run_longshore({"rejects", "--database", url}).out) == wanted);
    CHECK(test::tab_lines(run_longshore({"rejects", "2", "--database", url}).out) == wanted);
    CHECK(test::tab_lines(run_longshore({"rejects", "--limit", "1", "--database", url}).out).size() == 3);
    CHECK(test::tab_lines(run_longshore({"rejects", "--name", "objects*", "--database", url}).out).size() == 1);
    CHECK(test::tab_lines(run_longshore({"rejects", "4", "--database", url}).out).size() == 1);
    const auto none = run_longshore({"rejects", "17", "--database", url});
    CHECK(none.exit == 64);
    CHECK(none.err == "longshore: the ledger has no file 17\nhint: longshore log lists the files\n");
    CHECK(run_longshore({"rejects", "first", "--database", url}).err ==
          "longshore: \"first\" is not a file_id\nhint: longshore log shows file_ids; --name selects by name\n");
  });
}

TEST_CASE("status prints the state of landing directory, claims, database and ledger") {
  test::on_each_store([](const store::Target& target) {
    fill(*test::open_migrated(target, test::built_in()));
    test::ScratchDirectory scratch;
    std::filesystem::create_directories(scratch / "landing/.work/host-1/20260101T000000.000000Z-00000000");
    for (const char* name :
         {"vehicles_status_8.json", "vehicles_status_9.json.gz", "notes.txt", "vehicles_status_10.json.part",
          ".work/host-1/20260101T000000.000000Z-00000000/vehicles_status_7.json"})
      std::ofstream{scratch / (std::string{"landing/"} + name)} << "12345";
    const auto finished = run_longshore({"status", "--landing", scratch / "landing", "--database", url_of(target)});
    CHECK(finished.exit == 0);
    CHECK(finished.err.empty());
    for (const char* line :
         {"landing_waiting_files\t\t\t2", "landing_waiting_bytes\t\t\t10", "landing_upload_files\t\t\t1",
          "landing_unrouted_files\t\t\t1", "claimed_files\t\t\t1", "instance\t\t\thost-1", "database_answers\t\t\t1",
          "files\tobjects_detection\tloaded\t1", "rows_loaded\tvehicles_status\tloaded\t7",
          "files\tvehicles_status\tfailed\t1", "rows_rejected\tvehicles_status\tpartial\t2"}) {
      CAPTURE(line);
      CHECK(contains(finished.out, std::string{"\n"} + line + "\n"));
    }
    const auto json =
        run_longshore({"status", "--json", "--landing", scratch / "landing", "--database", url_of(target)});
    CHECK(contains(json.out, "\"unrouted_files\":1,\"open_files\":0,\"open_names\":[],\"unread_directories\":0,"
                             "\"unread_directory_names\":[],\"claimed_files\":1,\"instances\":[\"host-1\"]}"));
    CHECK(contains(json.out, "\"answers\":true"));
    CHECK(contains(
        json.out,
        "{\"feed\":\"vehicles_status\",\"status\":\"partial\",\"files\":1,\"rows_loaded\":5,\"rows_rejected\":2,\"purged\":0}"));
  });
}

TEST_CASE("a missing database and missing tables are reported, and reading creates nothing") {
  test::ScratchDirectory scratch;
  const std::string path = scratch / "new.db";
  for (const char* command : {"log", "rejects", "status"}) {
    const auto finished = run_longshore({command, "--database", "sqlite:" + path});
    CHECK(finished.exit == 78);
    CHECK_MESSAGE(
        contains(finished.err, "longshore: the database does not exist: \"" + path + "\"\nhint: longshore run or "),
        finished.err);
    CHECK(contains(finished.err, "; --database or --config selects another one"));
  }
  for (const char* command : {"skip", "release"}) {
    const auto finished = run_longshore({command, "a.json", "--database", "sqlite:" + path});
    CHECK(finished.exit == 78);
    CHECK_MESSAGE(contains(finished.err, "longshore: the database does not exist: \"" + path + "\""), finished.err);
  }
  CHECK_FALSE(std::filesystem::exists(path));

  const std::ofstream empty{path};
  for (const char* command : {"log", "rejects", "status"})
    CHECK(run_longshore({command, "--database", "sqlite:" + path}).err ==
          "longshore: sqlite:" + path +
              " has no longshore tables yet\nhint: start the daemon, or create them: longshore migrate\n");
}

TEST_CASE("commands exit with 69 if the server does not answer, and status prints the rest") {
  test::ScratchDirectory scratch;
  std::filesystem::create_directory(scratch / "landing");
  const std::string url = "host=127.0.0.1 port=1 dbname=d user=u password=secret";
  const auto log = run_longshore({"log", "--database", url});
  CHECK(log.exit == 69);
  CHECK(contains(log.err, " does not answer: "));
  CHECK_FALSE(contains(log.err, "secret"));
  const auto status = run_longshore({"status", "--database", url, "--landing", scratch / "landing"});
  CHECK(status.exit == 69);
  CHECK(contains(status.out, "\nlanding_waiting_files\t\t\t0\n"));
  CHECK(contains(status.out, "\ndatabase_answers\t\t\t0\n"));
}

TEST_CASE("migrate prints its changes, and --check whether some are missing") {
  test::ScratchDirectory scratch;
  const std::string url = "sqlite:" + scratch / "new.db";
  const std::vector<std::string> feeds = {"--database", url, "--feeds", test::source("samples/feeds")};
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), feeds.begin(), feeds.end());
    return run_longshore(words);
  };
  CHECK(run({"migrate", "--check"}).exit == 78);
  const auto first = run({"migrate"});
  CHECK(first.exit == 0);
  CHECK(contains(first.out, "0001_baseline\n"));
  CHECK(contains(first.out, "table door_events\n"));
  CHECK(contains(first.out, "table door_state\n"));
  CHECK(run({"migrate"}).out == url + " has all tables, nothing to do\n");
  CHECK(run({"migrate", "--check"}).out == url + " has all tables\n");
}

TEST_CASE("feeds lists built-in and declared feeds, and prints one in full") {
  const std::string directory = test::source("samples/feeds");
  const Lines lines = test::tab_lines(run_longshore({"feeds", "--feeds", directory}).out);
  REQUIRE(lines.size() >= 4);
  CHECK(lines[0] ==
        std::vector<std::string>{"name", "files", "table", "key", "columns", "latest", "expect", "keep", "origin"});
  CHECK(lines[2] == std::vector<std::string>{"vehicles_status", "vehicles_status_*.json vehicles_status.json",
                                             "vehicle_status_history", "vehicle_id report_time",
                                             "vehicle_id report_time status", "vehicle_status", "", "", "built in"});
  CHECK(lines[3][0] == "door_events");
  CHECK(lines[3][8] == directory + "/door_events.toml");

  const auto one = run_longshore({"feeds", "door_events", "--feeds", directory});
  CHECK(contains(one.out, "\nrecords  \"/payload/events\"\n"));
  CHECK(contains(one.out, "\nlatest   door_state, the newest by event_time of each door_id\n"));
  CHECK(contains(one.out, "battery_volt"));
  CHECK(contains(one.out, "nullable, min 0, max 48"));
  CHECK(contains(one.out, "max_future 1d"));
  const auto json = run_longshore({"feeds", "door_events", "--json", "--feeds", directory});
  CHECK(json.out.starts_with(
      "{\"column\":\"door_id\",\"type\":\"integer\",\"from\":\"/door/id\",\"limits\":\"min 1\"}\n"));
}
