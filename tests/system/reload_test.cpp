// Reload (HUP): new settings and feeds without a restart.
#include "running.hpp"
#include "support/each_store.hpp"
#include "support/proxied_pipeline.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_doors = R"(
name    = "doors"
files   = ["doors_*.json"]
records = ["/doors"]
table   = "doors"
key     = ["door"]
columns = [{ name = "door", from = "/door", type = "integer" }]
)";

// A daemon whose feeds and settings are files in the scratch directory.
struct Reloading {
  explicit Reloading(const store::Target& target) : p(target) {
    p.config.once = false;
    std::filesystem::create_directory(feeds);
    write_file(settings, "");
  }
  Start start() const { return {.words = {"--feeds", feeds, "--config", settings}}; }

  Pipeline p;
  const std::string feeds = (p.scratch.path() / "feeds.d").string();
  const std::string settings = (p.scratch.path() / "longshore.toml").string();
};

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE("a feed that is declared before a reload gets its table, and its waiting files are loaded") {
    Reloading r{target};
    Running daemon{r.p, r.start()};
    r.p.drop("doors_1.json", R"({"doors": [{"door": 1}, {"door": 2}]})");
    REQUIRE(daemon.wait_for_log("no feed matches this file name"));
    write_file(r.feeds + "/doors.toml", k_doors);
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("3 feeds active"));
    CHECK(eventually([&] { return r.p.files("processed").size() == 1; }));
    CHECK(r.p.one("select count(*) from doors") == "2");
    r.p.drop(routed("1"), document("a"));
    CHECK(eventually([&] { return r.p.files("processed").size() == 2; }));
    CHECK(daemon.stop() == 0);
    r.p.check_books();
  }

  TEST_CASE("P07: HUP during a start that waits for its database takes effect when the database answers") {
    PostgresServer server;
    server.start();
    Reloading r{server.fresh_database()};
    server.stop();
    DaemonProcess daemon{r.p, r.start()};
    REQUIRE(daemon.wait_for_log("waiting for it"));
    write_file(r.feeds + "/doors.toml", k_doors);
    daemon.signal(SIGHUP);
    std::this_thread::sleep_for(300ms);  // until the start has read the signal
    server.start();
    REQUIRE(daemon.wait_for_log("3 feeds active"));
    r.p.drop("doors_1.json", R"({"doors": [{"door": 1}]})");
    CHECK(eventually([&] { return r.p.files("processed").size() == 1; }));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("wrong settings are refused at a reload, and the old ones stay") {
    Reloading r{fresh_database()};
    Running daemon{r.p, r.start()};
    write_file(r.settings, "stored_reject = 5\n");
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("the new settings are refused, the old ones stay: " + r.settings +
                              ":1: unknown setting \"stored_reject\"; did you mean stored_rejects"));
    write_file(r.settings, "");
    write_file(r.feeds + "/doors.toml", "name = 1\n");
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("the new settings are refused, the old ones stay: " + r.feeds + "/doors.toml:1"));
    r.p.drop(routed("1"), document("a"));
    CHECK(all_settled(r.p, 1));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("P07: a directory in place of a settings file or a feed is refused, also at a reload") {
    Reloading r{fresh_database()};
    std::string place;
    SUBCASE("settings") { place = (r.p.scratch.path() / "conf.d/x.toml").string(); }
    SUBCASE("a feed") { place = r.feeds + "/x.toml"; }
    Running daemon{r.p, r.start()};
    std::filesystem::create_directories(place);
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("the new settings are refused, the old ones stay: " + place +
                              ": cannot be read: Is a directory"));
    r.p.drop(routed("1"), document("a"));
    CHECK(all_settled(r.p, 1));
    CHECK(daemon.stop() == 0);
    DaemonProcess another{r.p, r.start()};
    CHECK(another.wait() == 78);
  }

  TEST_CASE("P07: a reload works although the working directory of the daemon was removed") {
    Reloading r{fresh_database()};
    const std::string place = r.p.scratch / "started";
    std::filesystem::create_directory(place);
    Start start = r.start();
    start.prefix = {"env", "--chdir=" + place};
    start.environment["LONGSHORE_STORED_REJECTS"] = "7";
    Running daemon{r.p, start};
    std::filesystem::remove(place);
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("2 feeds active"));
    r.p.drop(routed("1"), document("a"));
    CHECK(all_settled(r.p, 1));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE_ON_EACH_STORE(
      "a feed whose table has other columns is refused at a reload, and the other feeds still load") {
    Reloading r{target};
    Running daemon{r.p, r.start()};
    std::string clash = k_doors;
    clash.replace(clash.find(R"("doors"
key)"),
                  7, R"("ingest_log")");
    write_file(r.feeds + "/doors.toml", clash);
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("the new settings are refused, the old ones stay: "));
    r.p.drop(routed("1"), document("a"));
    CHECK(all_settled(r.p, 1));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("a reload applies stored_rejects from the settings file") {
    Reloading r{fresh_database()};
    Start start = r.start();
    start.environment["LONGSHORE_STORED_REJECTS"] = "";
    Running daemon{r.p, start};
    write_file(r.settings, "stored_rejects = 0\n");
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("feeds active"));
    r.p.drop(routed("1"), R"({"objects_detection_events": [{"vehicle_id": 7}]})");
    CHECK(all_settled(r.p, 1));
    CHECK(r.p.one("select rows_rejected from ingest_log") == "1");
    CHECK(r.p.one("select count(*) from ingest_rejects") == "0");
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("another database needs a restart, and so does its number of loaders") {
    const ScratchDirectory directory;
    Reloading r{sqlite_in(directory)};
    Start start = r.start();
    start.words.insert(start.words.end(), {"--database", "credential:where", "--loaders", "5"});
    start.environment["CREDENTIALS_DIRECTORY"] = r.p.scratch.path();
    const std::string where = r.p.scratch / "where";
    write_file(where, r.p.config.database);
    Running daemon{r.p, start};
    r.p.drop(routed("0"), document("a"));
    REQUIRE(all_settled(r.p, 1));
    const long threads = process_status(daemon.pid(), "Threads");
    write_file(where, "host=/nonexistent dbname=none");
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("database is read at the start only"));
    REQUIRE(daemon.wait_for_log("feeds active"));
    r.p.drop(routed("1"), document("b"));
    CHECK(all_settled(r.p, 2));
    CHECK(process_status(daemon.pid(), "Threads") == threads);
    CHECK(daemon.stop() == 0);
    r.p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("running loads finish before new settings apply") {
    Reloading r{target};
    r.p.config.large_file = 100'000;
    r.p.config.window_bytes = 20'000;
    Running daemon{r.p, r.start()};
    for (int i = 0; i < 5; ++i) {
      r.p.drop(routed(std::to_string(i)), document("v" + std::to_string(i), 3000));
      daemon.signal(SIGHUP);
    }
    CHECK(all_settled(r.p, 5));
    CHECK(r.p.one("select count(*) from detection_events") == "15000");
    CHECK(r.p.one("select max(attempt) from ingest_log") == "1");
    CHECK(daemon.stop() == 0);
    r.p.check_books();
  }

  TEST_CASE("wrong settings at a second HUP do not replace pending correct ones, and the log says which stay") {
    Reloading r{fresh_database()};
    Start start = r.start();
    const std::string wait = r.p.scratch / "wait";
    start.environment["LONGSHORE_CRASH_AT"] = "before_decode:1=wait";
    start.environment["LONGSHORE_WAIT"] = wait;
    Running daemon{r.p, start};
    r.p.drop(routed("1"), document("a"));
    REQUIRE(eventually([&] { return std::filesystem::exists(wait); }));
    write_file(r.feeds + "/doors.toml", k_doors);
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("new settings read, waiting for 1 running jobs"));
    write_file(r.settings, "stored_reject = 5\n");
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("the new settings are refused, the pending ones stay: " + r.settings + ":1: "));
    std::filesystem::remove(wait);
    CHECK(daemon.wait_for_log("3 feeds active"));
    CHECK(all_settled(r.p, 1));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("claimed files that wait for the database are not lost at a reload") {
    ProxiedPipeline with;
    with.p.config.once = false;
    Running daemon{with.p};
    with.proxy.swallow(true);
    with.proxy.reset_all();
    with.p.drop(routed("1"), document("a"));
    REQUIRE(daemon.wait_for_log("files wait, next try"));
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("the new settings are refused, the old ones stay: "));
    with.proxy.swallow(false);
    CHECK(all_settled(with.p, 1));
    CHECK(daemon.stop() == 0);
    with.p.check_books();
  }
}
