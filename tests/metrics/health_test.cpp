#include "metrics/health.hpp"

#include "metrics/scraped.hpp"
#include "notify/noticing.hpp"
#include "support/eventually.hpp"
#include "support/mount.hpp"
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
using metrics::Health;

TEST_SUITE("observe") {
  TEST_CASE(
      "a main loop that is silent for too long is an ailment, but not at the start and not while tables are changed") {
    Health health;
    const auto soon = [] { return Health::Clock::now() + 60s; };
    const auto late = [] { return Health::Clock::now() + 121s; };
    CHECK(health.ailments(late()).empty());
    CHECK(health.obstacles().size() == 1);
    observe::Situation waiting;
    waiting.outage = "no route to host";
    health.tick(waiting);
    CHECK(health.ailments(late()).empty());
    CHECK(health.obstacles() == std::vector<std::string>{"waiting for the database: no route to host"});

    health.tick({});
    CHECK(health.obstacles().empty());
    CHECK(health.ailments(soon()).empty());
    CHECK(health.ailments(late()) == std::vector<std::string>{"the main loop has not got round for 121 s"});
    health.reloading(true);
    CHECK(health.ailments(late()).empty());
    health.reloading(false);
    CHECK(health.ailments(soon()).empty());
    CHECK(health.ailments(late()).size() == 1);
  }

  TEST_CASE("a stuck file is an ailment; trouble with directories and an end are obstacles") {
    Health health;
    observe::Situation situation;
    situation.stuck = "objects_detection_1.json";
    health.tick(situation);
    CHECK(health.obstacles().empty());
    CHECK(health.ailments() ==
          std::vector<std::string>{"objects_detection_1.json is stuck: it has not got on for an hour"});
    situation = {};
    situation.trouble = "list landing: permission denied";
    situation.is_stopping = true;
    health.tick(situation);
    CHECK(health.ailments().empty());
    CHECK(health.obstacles() ==
          std::vector<std::string>{"waiting for the directories: list landing: permission denied", "stopping"});
  }

  TEST_CASE(
      "a server that stops makes the daemon unready with the server's words, and nothing worse; then it goes on") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    Scraped daemon{p};
    REQUIRE(daemon.answers("/readyz", 200));
    p.drop(routed("before"), document("before"));
    REQUIRE(all_settled(p, 1));
    CHECK(daemon.metric("longshore_database_up") == 1);

    server.stop("immediate");
    p.drop(routed("1"), document("1"));
    p.drop(routed("2"), document("2"));
    CHECK(daemon.gets_to("longshore_database_up", 0));
    CHECK(daemon.gets_to("longshore_files_waiting", 2));
    CHECK(daemon.metric("longshore_oldest_waiting_age_seconds") == doctest::Approx(3600).epsilon(0.05));
    CHECK(daemon.metric("longshore_retries_total") > 0);
    const auto unready = daemon.ask("/readyz");
    CHECK(unready.status == 503);
    CHECK_MESSAGE(unready.body.starts_with("waiting for the database: "), unready.body);
    CHECK(daemon.ask("/healthz").status == 200);

    server.start();
    CHECK(daemon.answers("/readyz", 200));
    CHECK(all_settled(p, 3));
    CHECK(daemon.gets_to("longshore_database_up", 1));
    CHECK(daemon.gets_to("longshore_files_waiting", 0));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE("a daemon whose database is away at the start answers all the same") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    server.stop();
    p.drop(routed("1"), document("1"));
    Scraped daemon{p};
    CHECK(daemon.answers("/readyz", 503));
    CHECK(eventually([&] { return daemon.ask("/readyz").body.starts_with("waiting for the database: "); }));
    CHECK(daemon.ask("/healthz").status == 200);
    CHECK(daemon.metric("longshore_database_up") == 0);
    server.start();
    CHECK(daemon.answers("/readyz", 200));
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE(
      "F31: an archive directory that takes no file makes the daemon unready, and somebody is told, until it does again") {
    std::string shelf;
    SUBCASE("processed") { shelf = "processed"; }
    SUBCASE("failed") { shelf = "failed"; }
    ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    std::filesystem::create_directory(p.scratch / shelf);
    const auto disk = Mount::tmpfs(p.scratch / shelf);
    if (!disk)
      return;
    Scraped daemon{p, {.words = {"--notify-command", recorder.path(), "--notify-interval", "1s"}}};
    REQUIRE(daemon.answers("/readyz", 200));
    disk->read_only(true);
    p.drop(routed("1"), shelf == "processed" ? document("1") : "[oops]");
    CHECK(daemon.answers("/readyz", 503));
    CHECK(daemon.ask("/readyz").body.starts_with("waiting for the directories: "));
    CHECK(daemon.ask("/readyz").body.ends_with(": Read-only file system\n"));
    CHECK(daemon.metric("longshore_directories_in_trouble") == 1);
    CHECK(daemon.ask("/healthz").status == 200);
    // it is tried again many times within the interval, which is measured from the first one
    REQUIRE(recorder.hears("directories_failing"));
    for (int i = 0; i < 100; ++i) {
      CHECK(daemon.ask("/readyz").status == 503);
      std::this_thread::sleep_for(20ms);
    }
    disk->read_only(false);
    CHECK(daemon.answers("/readyz", 200));
    CHECK(daemon.metric("longshore_directories_in_trouble") == 0);
    CHECK(recorder.hears("directories_well"));
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.told("directories_failing").size() == 1);
    p.check_books();
  }

  TEST_CASE("without its landing directory the daemon is unready, and ready again with it") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.rescan = 200ms;
    Scraped daemon{p};
    REQUIRE(daemon.answers("/readyz", 200));
    std::filesystem::rename(p.config.landing, p.config.landing + ".away");
    CHECK(daemon.answers("/readyz", 503));
    CHECK(daemon.ask("/readyz").body == "waiting for the directories: the landing directory is away\n");
    CHECK(daemon.metric("longshore_directories_in_trouble") == 1);
    CHECK(daemon.ask("/healthz").status == 200);
    std::filesystem::rename(p.config.landing + ".away", p.config.landing);
    CHECK(daemon.answers("/readyz", 200));
    CHECK(daemon.stop() == 0);
  }
}
