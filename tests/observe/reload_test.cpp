// Metrics and notices across a reload (HUP).
#include "metrics/scraped.hpp"
#include "notify/noticing.hpp"
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_doors =
    "name = \"doors\"\nfiles = [\"doors_*.json\"]\nrecords = [\"\"]\ntable = \"door_list\"\nkey = [\"door\"]\n"
    "columns = [{ name = \"door\", from = \"/door\", type = \"text\" },\n"
    "           { name = \"at\", from = \"/at\", type = \"timestamp\" }]\n";

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE("a reload keeps counters and adds the series of a new feed; a new address needs a restart") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const std::string feeds = p.scratch / "feeds";
    const std::string settings = p.scratch / "longshore.toml";
    std::filesystem::create_directory(feeds);
    write_file(settings, "feeds = \"feeds\"\nmetrics_listen = \"127.0.0.1:0\"\n");
    Scraped daemon{p, {.words = {"--config", settings}, .environment = {{"LONGSHORE_METRICS_LISTEN", ""}}}};
    const std::string loaded = "longshore_files_total{feed=\"objects_detection\",outcome=\"loaded\"}";
    p.drop(routed("1"), document("1"));
    REQUIRE(daemon.reaches(loaded, 1));

    write_file(feeds + "/doors.toml", k_doors);
    write_file(settings, "feeds = \"feeds\"\nmetrics_listen = \"127.0.0.1:1\"\n");
    daemon.signal(SIGHUP);
    REQUIRE_MESSAGE(daemon.wait_for_log("settings reloaded, 3 feeds active"), daemon.log());
    CHECK(daemon.log().find("metrics_listen is read at the start only") != std::string::npos);
    const std::string doors = "longshore_files_total{feed=\"doors\",outcome=\"loaded\"}";
    CHECK(daemon.metric(doors) == 0);
    CHECK(daemon.metric(loaded) == 1);
    p.drop("doors_1.json", R"([{"door":"a","at":"2026-01-01T00:00:00Z"}])");
    p.drop(routed("2"), document("2"));
    CHECK(daemon.reaches(doors, 1));
    CHECK(daemon.reaches(loaded, 2));
    CHECK(daemon.ask("/healthz").status == 200);
    CHECK(daemon.ask("/readyz").status == 200);
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("a feed among refused settings gets no series") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.run_once();
    std::filesystem::create_directory(p.scratch / "feeds");
    Scraped daemon{p, {.words = {"--feeds", p.scratch / "feeds", "--migrate", "check"}}};
    REQUIRE(daemon.answers("/readyz", 200));
    write_file(p.scratch / "feeds/doors.toml", k_doors);
    daemon.signal(SIGHUP);
    REQUIRE_MESSAGE(daemon.wait_for_log("the new settings are refused"), daemon.log());
    CHECK(daemon.answers("/readyz", 200));
    CHECK(daemon.ask("/metrics").body.find("doors") == std::string::npos);
    CHECK(daemon.metric("longshore_files_total{feed=\"objects_detection\",outcome=\"loaded\"}") == 0);
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("D02: a reload during a database outage does not report the end of the outage") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    p.config.retry_first = p.config.retry_last = 5s;
    const Recorder recorder;
    Scraped daemon{p, {.words = {"--notify-command", recorder.path(), "--notify-interval", "100ms"}}};
    REQUIRE(daemon.answers("/readyz", 200));
    server.stop();
    p.drop(routed("1"), document("1"));
    REQUIRE(recorder.receives("database_away"));
    const auto refused = [&] {
      const std::string log = daemon.log();
      std::size_t count = 0;
      for (auto at = log.find("the old ones stay"); at != log.npos; at = log.find("the old ones stay", at + 1))
        ++count;
      return count;
    };
    for (std::size_t turn = 1; turn <= 3; ++turn) {
      daemon.signal(SIGHUP);
      REQUIRE(eventually([&] { return refused() == turn; }));
      std::this_thread::sleep_for(200ms);
      CHECK(daemon.ask("/readyz").body.starts_with("waiting for the database: "));
      CHECK(daemon.metric("longshore_database_up") == 0);
    }
    CHECK(recorder.notices("database_back").empty());
    server.start();
    CHECK(all_settled(p, 1));
    CHECK(daemon.answers("/readyz", 200));
    CHECK(recorder.receives("database_back"));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.notices().size() == 2);
    p.check_books();
  }
}
