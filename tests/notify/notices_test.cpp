// A real daemon tells a real program what somebody should know.
#include "notify/noticing.hpp"
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

Start telling(const Recorder& recorder, const std::string& interval = "200ms") {
  return {{"--notify-command", recorder.path(), "--notify-interval", interval}};
}

void drop_good(Pipeline& p, const std::string& name) { p.drop(routed(name), document(name)); }
void drop_bad(Pipeline& p, const std::string& name) {
  p.drop(routed(name), R"({"objects_detection_events": [ )" + name + "]}");
}

// Of so many records every tenth is none.
void drop_partial(Pipeline& p, const std::string& name, int records, int bad) {
  std::string all;
  for (int i = 0; i < records; ++i)
    all +=
        (i ? "," : "") + event(name, i < bad ? "yesterday" : "2022-06-05T21:02:34." + std::to_string(1000 + i) + "Z");
  p.drop(routed(name), events(all));
}

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("a file that fails is told once, with what the ledger says of it") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, telling(recorder)};
    drop_good(p, "1");
    drop_bad(p, "2\xff");
    REQUIRE(recorder.hears("file_failed"));
    CHECK(daemon.stop() == 0);
    REQUIRE(recorder.told().size() == 1);
    const std::string told = recorder.told()[0];
    CHECK(at(told, "/version") == "1");
    CHECK(at(told, "/kind") == "file_failed");
    CHECK(at(told, "/state") == "problem");
    CHECK(at(told, "/instance") == "test");
    CHECK(at(told, "/lost") == "0");
    CHECK(at(told, "/total/files") == "1");
    CHECK(at(told, "/total/failed") == "1");
    CHECK(at(told, "/feeds/0/feed") == "objects_detection");
    CHECK(at(told, "/feeds/0/failed") == "1");
    CHECK(at(told, "/feeds/1/feed") == "-");
    CHECK(at(told, "/files/1/name") == "-");
    CHECK(at(told, "/files_left_out") == "0");
    const std::string file = at(told, "/files/0/file_id") + "|" + at(told, "/files/0/name") + "|" +
                             at(told, "/files/0/feed") + "|" + at(told, "/files/0/status") + "|" +
                             at(told, "/files/0/error") + "|" + at(told, "/files/0/archive_path");
    CHECK(
        p.one("select file_id, file_name, feed, status, error, archive_path from ingest_log where status = 'failed'") ==
        file);
    CHECK(at(told, "/summary") ==
          "longshore test: 1 file failed: " + at(told, "/files/0/name") + ": " + at(told, "/files/0/error"));
    const std::string environment = "\n" + content_of(recorder / "1.env");
    CHECK(environment.find("\nLONGSHORE_NOTICE_KIND=file_failed\n") != std::string::npos);
    CHECK(environment.find("\nLONGSHORE_NOTICE_SUMMARY=" + at(told, "/summary") + "\n") != std::string::npos);
  }

  TEST_CASE("after a failure, the feed is told well when a file of it loads, and not before the interval is over") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, telling(recorder)};
    drop_bad(p, "1");
    REQUIRE(recorder.hears("file_failed"));
    p.drop("vehicles_status_1.json", "[]");  // another feed
    drop_good(p, "2");
    REQUIRE(recorder.hears("feed_recovered"));
    drop_good(p, "3");
    REQUIRE(all_settled(p, 4));
    CHECK(daemon.stop() == 0);
    REQUIRE(recorder.told().size() == 2);
    const std::string told = recorder.told()[1];
    CHECK(at(told, "/state") == "recovery");
    CHECK(at(told, "/summary") == "longshore test: the feed objects_detection loads again");
    CHECK(at(told, "/feeds/0/feed") == "objects_detection");
    CHECK(at(told, "/feeds/0/loaded") == "1");
    CHECK(at(told, "/feeds/1/feed") == "-");
  }

  TEST_CASE("five hundred broken files become a few notices that count them all, and no load waits for the teller") {
    const ScratchDirectory directory;
    const Recorder recorder{"touch busy; while [ ! -e go ]; do sleep 0.1; done"};
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, telling(recorder, "100ms")};
    drop_bad(p, "0");
    REQUIRE(eventually([&] { return fs::exists(recorder / "busy"); }));
    for (int i = 1; i < 500; ++i)
      drop_bad(p, std::to_string(i));
    drop_good(p, "good");
    REQUIRE(all_settled(p, 501));
    CHECK(recorder.told().empty());
    write_file(recorder / "go", "");
    CHECK(eventually([&] { return sum_of(recorder.told("file_failed"), "/total/failed") == 500; }));
    CHECK(daemon.stop() == 0);
    const std::vector<std::string> told = recorder.told("file_failed");
    CHECK(told.size() == 2);
    CHECK(at(told[1], "/files/19/name") != "-");
    CHECK(at(told[1], "/files/20/name") == "-");
    CHECK(at(told[1], "/files_left_out") == std::to_string(std::stoi(at(told[1], "/total/files")) - 20));
    CHECK(p.one("select count(*) from ingest_log where status = 'failed'") == "500");
  }

  TEST_CASE("a file with more rejects than the limit is told, one with fewer is not") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Start start = telling(recorder);
    SUBCASE("a share") { start.words.insert(start.words.end(), {"--notify-rejects", "10%"}); }
    SUBCASE("a count") { start.words.insert(start.words.end(), {"--notify-rejects", "5"}); }
    Running daemon{p, start};
    drop_partial(p, "few", 50, 5);
    drop_partial(p, "many", 50, 6);
    REQUIRE(all_settled(p, 2));
    REQUIRE(recorder.hears("file_rejects"));
    CHECK(daemon.stop() == 0);
    REQUIRE(recorder.told().size() == 1);
    const std::string told = recorder.told()[0];
    CHECK(at(told, "/summary") == "longshore test: many rejects in 1 file: " + routed("many") + ": 6 of 50 records");
    CHECK(at(told, "/files/0/rejects") == "6");
    CHECK(at(told, "/files/0/rows") == "44");
    CHECK(at(told, "/files/0/status") == "partial");
  }

  TEST_CASE("a database that stays away is told, and told when it is back") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    const Recorder recorder;
    Running daemon{p, telling(recorder, "500ms")};
    server.stop();
    drop_good(p, "1");
    REQUIRE(recorder.hears("database_away"));
    CHECK(recorder.told().size() == 1);
    CHECK(!at(recorder.told()[0], "/error").empty());
    server.start();
    REQUIRE(recorder.hears("database_back"));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.told().size() == 2);
    CHECK(at(recorder.told()[1], "/since") == at(recorder.told()[0], "/since"));
  }

  TEST_CASE("a landing directory that goes away is told, and told when it is there again") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, telling(recorder)};
    drop_good(p, "1");
    REQUIRE(all_settled(p, 1));
    fs::remove_all(p.config.landing);
    REQUIRE(recorder.hears("directories_failing"));
    CHECK(at(recorder.told()[0], "/error") == "the landing directory is away");
    fs::create_directory(p.config.landing);
    REQUIRE(recorder.hears("directories_well"));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.told().size() == 2);
  }

  TEST_CASE("a run that drains the directory tells its failures and its report before it ends") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    drop_good(p, "1");
    p.drop(routed("again"), document("1"));
    drop_bad(p, "2");
    drop_partial(p, "part", 10, 1);
    Start start = telling(recorder, "1h");
    start.words.insert(start.words.end(), {"--report", "run", "--notify-rejects", "50%"});
    DaemonProcess run{p, start};
    CHECK(run.wait() == 65);
    REQUIRE(recorder.told().size() == 2);
    CHECK(at(recorder.told()[0], "/kind") == "file_failed");
    const std::string report = recorder.told()[1];
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

  TEST_CASE("a run without its database tells why it ends") {
    const Recorder recorder;
    Pipeline p{store::Target{store::Engine::postgres, "host=/nonexistent dbname=none"}};
    DaemonProcess run{p, telling(recorder, "1h")};
    CHECK(run.wait() == 75);
    REQUIRE(recorder.told().size() == 1);
    CHECK(at(recorder.told()[0], "/kind") == "database_away");
  }

  TEST_CASE("a daemon that cannot work with what it is given tells why it ends") {
    const ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    p.config.once = false;
    const auto ends = [&](const std::vector<std::string>& words, const std::string& reason) {
      Start start = telling(recorder, "1h");
      start.words.insert(start.words.end(), words.begin(), words.end());
      DaemonProcess run{p, start};
      CHECK(run.wait() == 78);
      REQUIRE(recorder.told().size() == 1);
      CHECK(at(recorder.told()[0], "/kind") == "daemon_failed");
      CHECK(at(recorder.told()[0], "/summary").starts_with("longshore test: a run has ended: "));
      CHECK_MESSAGE(at(recorder.told()[0], "/error").find(reason) != std::string::npos, recorder.told()[0]);
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

  TEST_CASE("new settings hold at HUP, and wrong ones change nothing") {
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
    REQUIRE(first.hears("file_failed"));
    use(second);
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("feeds active"));
    drop_bad(p, "2");
    REQUIRE(second.hears("file_failed"));
    CHECK(daemon.stop() == 0);
    CHECK(first.told().size() == 1);
  }
}
