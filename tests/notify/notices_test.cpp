// A real daemon sends notices to a real program.
#include "base/listen_address.hpp"
#include "notify/noticing.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

Start notify_with(const Recorder& recorder, const std::string& interval = "200ms") {
  return {{"--notify-command", recorder.path(), "--notify-interval", interval}};
}

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  REQUIRE_MESSAGE(!document.HasParseError(), json);
  return document;
}

// Replaces each key in the JSON by its value, with backslashes and quotes escaped.
std::string filled(std::string json, const std::map<std::string, std::string>& values) {
  for (auto [key, value] : values) {
    for (std::size_t at = 0; (at = value.find_first_of("\\\"", at)) != std::string::npos; at += 2)
      value.insert(at, 1, '\\');
    for (std::size_t at = 0; (at = json.find(key)) != std::string::npos;)
      json.replace(at, key.size(), value);
  }
  return json;
}

void drop_good(Pipeline& p, const std::string& name) { p.drop(routed(name), document(name)); }
void drop_bad(Pipeline& p, const std::string& name) {
  p.drop(routed(name), R"({"objects_detection_events": [ )" + name + "]}");
}

// The first `bad` of the records are rejected.
void drop_partial(Pipeline& p, const std::string& name, int records, int bad) {
  std::string all;
  for (int i = 0; i < records; ++i)
    all +=
        (i ? "," : "") + event(name, i < bad ? "yesterday" : "2022-06-05T21:02:34." + std::to_string(1000 + i) + "Z");
  p.drop(routed(name), events(all));
}

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("a failed file causes one notice, with the ledger's values") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, notify_with(recorder)};
    drop_good(p, "1");
    drop_bad(p, "2\xff");
    REQUIRE(recorder.receives("file_failed"));
    CHECK(daemon.stop() == 0);
    REQUIRE(recorder.notices().size() == 1);
    const std::string notice = recorder.notices()[0];
    const auto ledger = [&](const std::string& column) {
      return p.one("select " + column + " from ingest_log where status = 'failed'");
    };
    const std::string summary = "longshore test: 1 file failed: " + ledger("file_name") + ": " + ledger("error");
    const std::string expected = filled(R"({
      "version": 1, "kind": "file_failed", "state": "problem", "summary": "$summary", "at": "$at", "since": "$since",
      "instance": "test", "host": "$host", "error": "", "lost": 0,
      "total": {"files": 1, "loaded": 0, "partial": 0, "duplicate": 0, "failed": 1, "unrouted": 0,
                "rows": 0, "rows_duplicate": 0, "rejects": 0},
      "feeds": [{"feed": "objects_detection", "files": 1, "loaded": 0, "partial": 0, "duplicate": 0, "failed": 1,
                 "unrouted": 0, "rows": 0, "rows_duplicate": 0, "rejects": 0}],
      "files": [{"file_id": $file_id, "name": "$file_name", "feed": "objects_detection", "status": "failed",
                 "error": "$reason", "records": $records, "rows": 0, "rows_duplicate": 0, "rejects": $rejects,
                 "archive_path": "$archive_path"}],
      "files_left_out": 0})",
                                        {{"$summary", summary},
                                         {"$at", at(notice, "/at")},
                                         {"$since", at(notice, "/since")},
                                         {"$host", host_name()},
                                         {"$file_id", ledger("file_id")},
                                         {"$file_name", ledger("file_name")},
                                         {"$reason", ledger("error")},
                                         {"$records", ledger("records")},
                                         {"$rejects", ledger("rows_rejected")},
                                         {"$archive_path", ledger("archive_path")}});
    CHECK(parsed(notice) == parsed(expected));
    const std::string environment = "\n" + content_of(recorder / "1.env");
    CHECK(environment.find("\nLONGSHORE_NOTICE_KIND=file_failed\n") != std::string::npos);
    CHECK(environment.find("\nLONGSHORE_NOTICE_SUMMARY=" + summary + "\n") != std::string::npos);
  }

  TEST_CASE(
      "after a failure, feed_recovered is sent when a file of the feed loads, but not before the interval is over") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, notify_with(recorder)};
    drop_bad(p, "1");
    REQUIRE(recorder.receives("file_failed"));
    p.drop("vehicles_status_1.json", "[]");  // another feed
    drop_good(p, "2");
    REQUIRE(recorder.receives("feed_recovered"));
    drop_good(p, "3");
    REQUIRE(all_settled(p, 4));
    CHECK(daemon.stop() == 0);
    REQUIRE(recorder.notices().size() == 2);
    const std::string notice = recorder.notices()[1];
    CHECK(at(notice, "/state") == "recovery");
    CHECK(at(notice, "/summary") == "longshore test: feed recovered: objects_detection");
    CHECK(at(notice, "/feeds/0/feed") == "objects_detection");
    CHECK(at(notice, "/feeds/0/loaded") == "1");
    CHECK(at(notice, "/feeds/1/feed") == "-");
  }

  TEST_CASE("five hundred broken files cause two notices that count them all, and no load waits for the program") {
    const ScratchDirectory directory;
    const Recorder recorder{"touch busy; while [ ! -e go ]; do sleep 0.1; done"};
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, notify_with(recorder, "100ms")};
    drop_bad(p, "0");
    REQUIRE(eventually([&] { return fs::exists(recorder / "busy"); }));
    for (int i = 1; i < 500; ++i)
      drop_bad(p, std::to_string(i));
    drop_good(p, "good");
    REQUIRE(all_settled(p, 501));
    CHECK(recorder.notices().empty());
    write_file(recorder / "go", "");
    CHECK(eventually([&] { return sum_of(recorder.notices("file_failed"), "/total/failed") == 500; }));
    CHECK(daemon.stop() == 0);
    const std::vector<std::string> notices = recorder.notices("file_failed");
    CHECK(notices.size() == 2);
    CHECK(at(notices[1], "/files/19/name") != "-");
    CHECK(at(notices[1], "/files/20/name") == "-");
    CHECK(at(notices[1], "/files_left_out") == std::to_string(std::stoi(at(notices[1], "/total/files")) - 20));
    CHECK(p.one("select count(*) from ingest_log where status = 'failed'") == "500");
  }

  TEST_CASE("a file with more rejects than notify_rejects causes a notice, one with fewer does not") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Start start = notify_with(recorder);
    SUBCASE("a share") { start.words.insert(start.words.end(), {"--notify-rejects", "10%"}); }
    SUBCASE("a count") { start.words.insert(start.words.end(), {"--notify-rejects", "5"}); }
    Running daemon{p, start};
    drop_partial(p, "few", 50, 5);
    drop_partial(p, "many", 50, 6);
    REQUIRE(all_settled(p, 2));
    REQUIRE(recorder.receives("file_rejects"));
    CHECK(daemon.stop() == 0);
    REQUIRE(recorder.notices().size() == 1);
    const std::string notice = recorder.notices()[0];
    CHECK(at(notice, "/summary") ==
          "longshore test: many rejected records in 1 file: " + routed("many") + ": 6 of 50 records");
    CHECK(at(notice, "/files/0/rejects") == "6");
    CHECK(at(notice, "/files/0/rows") == "44");
    CHECK(at(notice, "/files/0/status") == "partial");
  }

  TEST_CASE("a database outage longer than the interval causes a notice, and its end another") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    const Recorder recorder;
    Running daemon{p, notify_with(recorder, "500ms")};
    server.stop();
    drop_good(p, "1");
    REQUIRE(recorder.receives("database_away"));
    CHECK(recorder.notices().size() == 1);
    CHECK(!at(recorder.notices()[0], "/error").empty());
    server.start();
    REQUIRE(recorder.receives("database_back"));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.notices().size() == 2);
    CHECK(at(recorder.notices()[1], "/since") == at(recorder.notices()[0], "/since"));
  }

  TEST_CASE("a landing directory that is removed causes a notice, and another when it exists again") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, notify_with(recorder)};
    drop_good(p, "1");
    REQUIRE(all_settled(p, 1));
    fs::remove_all(p.config.landing);
    REQUIRE(recorder.receives("directories_failing"));
    CHECK(at(recorder.notices()[0], "/error") == "the landing directory is missing");
    fs::create_directory(p.config.landing);
    REQUIRE(recorder.receives("directories_well"));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.notices().size() == 2);
  }

  TEST_CASE("run --once sends its failures and its report before it exits") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    drop_good(p, "1");
    p.drop(routed("again"), document("1"));
    drop_bad(p, "2");
    drop_partial(p, "part", 10, 1);
    Start start = notify_with(recorder, "1h");
    start.words.insert(start.words.end(), {"--report", "run", "--notify-rejects", "50%"});
    DaemonProcess run{p, start};
    CHECK(run.wait() == 65);
    REQUIRE(recorder.notices().size() == 2);
    CHECK(at(recorder.notices()[0], "/kind") == "file_failed");
    const std::string report = recorder.notices()[1];
    CHECK(at(report, "/kind") == "report");
    CHECK(at(report, "/state") == "report");
    CHECK(at(report, "/total/files") == "4");
    CHECK(at(report, "/total/loaded") == "1");
    CHECK(at(report, "/total/partial") == "1");
    CHECK(at(report, "/total/duplicate") == "1");
    CHECK(at(report, "/total/failed") == "1");
    CHECK(at(report, "/total/rows") == "10");
    CHECK(at(report, "/total/rejects") == "1");
    CHECK(at(report, "/files/3/name") != "-");
    CHECK(at(report, "/files_left_out") == "0");
    CHECK(at(report, "/summary").find("4 files since ") != std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("a report is recorded in the database, also without a program or a webhook") {
    Pipeline p{target};
    drop_good(p, "1");
    drop_bad(p, "2");
    DaemonProcess run{p, {{"--report", "run"}}};
    CHECK(run.wait() == 65);
    CHECK(p.one("select task, cause, state, error from ingest_task_runs") == "report|report|succeeded|\\N");
    const std::string result = p.one("select result from ingest_task_runs");
    CHECK(result.starts_with(R"({"files":2,"loaded":1,"partial":0,"duplicate":0,"failed":1,"unrouted":0,"rows":1,)"));
    const auto log = p.rows("select log from ingest_task_runs");
    REQUIRE(!log.empty());
    CHECK(log[0].starts_with("failed " + routed("2") + ": "));

    DaemonProcess idle{p, {{"--report", "run"}}};  // without a file there is no report
    CHECK(idle.wait() == 0);
    DaemonProcess off{p};
    CHECK(off.wait() == 0);
    CHECK(p.one("select count(*) from ingest_task_runs") == "1");
  }

  TEST_CASE("run --once without a database sends a notice before it exits") {
    const Recorder recorder;
    Pipeline p{store::Target{store::Engine::postgres, "host=/nonexistent dbname=none"}};
    DaemonProcess run{p, notify_with(recorder, "1h")};
    CHECK(run.wait() == 75);
    REQUIRE(recorder.notices().size() == 1);
    CHECK(at(recorder.notices()[0], "/kind") == "database_away");
  }

  TEST_CASE("a daemon that exits because of its settings, feeds or directories sends the reason") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    p.config.once = false;
    const auto ends = [&](const std::vector<std::string>& words, const std::string& reason) {
      Start start = notify_with(recorder, "1h");
      start.words.insert(start.words.end(), words.begin(), words.end());
      DaemonProcess run{p, start};
      CHECK(run.wait() == 78);
      REQUIRE(recorder.notices().size() == 1);
      CHECK(at(recorder.notices()[0], "/kind") == "daemon_failed");
      CHECK(at(recorder.notices()[0], "/summary").starts_with("longshore test: longshore stopped: "));
      CHECK_MESSAGE(at(recorder.notices()[0], "/error").find(reason) != std::string::npos, recorder.notices()[0]);
    };
    SUBCASE("no directory") {
      fs::remove(p.config.landing);
      write_file(p.config.landing, "a file");
      ends({}, "Not a directory");
    }
    SUBCASE("a wrong feed") {
      fs::create_directory(p.scratch / "feeds");
      write_file(p.scratch / "feeds/doors.toml", "name = \"doors\"\n");
      ends({"--feeds", p.scratch / "feeds"}, "doors.toml");
    }
    SUBCASE("no address") {  // TEST-NET-1
      ends({"--metrics-listen", "192.0.2.1:9464"}, "cannot listen at 192.0.2.1:9464");
    }
  }

  TEST_CASE("a reload applies the notice settings, and wrong settings change nothing") {
    const ScratchDirectory directory;
    const Recorder first;
    const Recorder second;
    Pipeline p{sqlite_in(directory)};
    const std::string settings = p.scratch / "settings.toml";
    const auto use = [&](const Recorder& recorder, const std::string& more = "") {
      write_file(settings, "notify_command = \"" + recorder.path() + "\"\nnotify_interval = \"100ms\"\n" + more);
    };
    use(first);
    Running daemon{p, {{"--config", settings}}};
    use(second, "settle = \"never\"\n");
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("the new settings are refused"));
    drop_bad(p, "1");
    REQUIRE(first.receives("file_failed"));
    use(second);
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("feeds active"));
    drop_bad(p, "2");
    REQUIRE(second.receives("file_failed"));
    CHECK(daemon.stop() == 0);
    CHECK(first.notices().size() == 1);
  }
}
