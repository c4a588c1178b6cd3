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
  TEST_CASE("a main loop that is silent for too long is unhealthy, except at the start and during a migration") {
    Health health;
    const auto soon = [] { return Health::Clock::now() + 60s; };
    const auto late = [] { return Health::Clock::now() + 121s; };
    CHECK(health.unhealthy_reasons(late()).empty());
    CHECK(health.unready_reasons().size() == 1);
    observe::Situation waiting;
    waiting.database_outage = "no route to host";
    health.tick(waiting);
    CHECK(health.unhealthy_reasons(late()).empty());
    CHECK(health.unready_reasons() == std::vector<std::string>{"waiting for the database: no route to host"});

    health.tick({});
    CHECK(health.unready_reasons().empty());
    CHECK(health.unhealthy_reasons(soon()).empty());
    CHECK(health.unhealthy_reasons(late()) == std::vector<std::string>{"the main loop has not run for 121 s"});
    health.reload_started();
    CHECK(health.unhealthy_reasons(late()).empty());
    health.reload_finished();
    CHECK(health.unhealthy_reasons(soon()).empty());
    CHECK(health.unhealthy_reasons(late()).size() == 1);
  }

  TEST_CASE("a stuck file is unhealthy; unusable directories and a stop are not ready") {
    Health health;
    observe::Situation situation;
    situation.stuck_file = "objects_detection_1.json";
    health.tick(situation);
    CHECK(health.unready_reasons().empty());
    CHECK(health.unhealthy_reasons() ==
          std::vector<std::string>{"a file is stuck, no progress for an hour: objects_detection_1.json"});
    situation = {};
    situation.directory_fault = "list landing: permission denied";
    situation.is_stopping = true;
    health.tick(situation);
    CHECK(health.unhealthy_reasons().empty());
    CHECK(health.unready_reasons() ==
          std::vector<std::string>{"waiting for the directories: list landing: permission denied", "stopping"});
  }

  TEST_CASE(
      "a server that stops makes the daemon unready with the server's message, but still healthy; then it resumes") {
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
    CHECK(daemon.reaches("longshore_database_up", 0));
    CHECK(daemon.reaches("longshore_files_waiting", 2));
    CHECK(daemon.metric("longshore_oldest_waiting_age_seconds") == doctest::Approx(3600).epsilon(0.05));
    CHECK(daemon.metric("longshore_retries_total") > 0);
    const auto unready = daemon.ask("/readyz");
    CHECK(unready.status == 503);
    CHECK_MESSAGE(unready.body.starts_with("waiting for the database: "), unready.body);
    CHECK(daemon.ask("/healthz").status == 200);

    server.start();
    CHECK(daemon.answers("/readyz", 200));
    CHECK(all_settled(p, 3));
    CHECK(daemon.reaches("longshore_database_up", 1));
    CHECK(daemon.reaches("longshore_files_waiting", 0));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE("a daemon whose database is unavailable at the start answers HTTP requests") {
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
      "F31: an archive directory that becomes read-only makes the daemon unready and sends a notice, until it is writable") {
    std::string archive;
    SUBCASE("processed") { archive = "processed"; }
    SUBCASE("failed") { archive = "failed"; }
    ScratchDirectory directory;
    const Recorder recorder;
    Pipeline p{sqlite_in(directory)};
    std::filesystem::create_directory(p.scratch / archive);
    const auto disk = Mount::tmpfs(p.scratch / archive);
    if (!disk)
      return;
    Scraped daemon{p, {.words = {"--notify-command", recorder.path(), "--notify-interval", "1s"}}};
    REQUIRE(daemon.answers("/readyz", 200));
    disk->read_only(true);
    p.drop(routed("1"), archive == "processed" ? document("1") : "[oops]");
    CHECK(daemon.answers("/readyz", 503));
    CHECK(daemon.ask("/readyz").body.starts_with("waiting for the directories: "));
    CHECK(daemon.ask("/readyz").body.ends_with(": Read-only file system\n"));
    CHECK(daemon.metric("longshore_directories_in_trouble") == 1);
    CHECK(daemon.ask("/healthz").status == 200);
    // the move is retried many times; notify_interval counts from the first failure
    REQUIRE(recorder.receives("directories_failing"));
    for (int i = 0; i < 100; ++i) {
      CHECK(daemon.ask("/readyz").status == 503);
      std::this_thread::sleep_for(20ms);
    }
    disk->read_only(false);
    CHECK(daemon.answers("/readyz", 200));
    CHECK(daemon.metric("longshore_directories_in_trouble") == 0);
    CHECK(recorder.receives("directories_well"));
    CHECK(all_settled(p, 1));
    CHECK(daemon.stop() == 0);
    CHECK(recorder.notices("directories_failing").size() == 1);
    p.check_books();
  }

  TEST_CASE("a daemon without its landing directory is unready, and ready again when the directory exists again") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.rescan = 200ms;
    Scraped daemon{p};
    REQUIRE(daemon.answers("/readyz", 200));
    std::filesystem::rename(p.config.landing, p.config.landing + ".away");
    CHECK(daemon.answers("/readyz", 503));
    CHECK(daemon.ask("/readyz").body == "waiting for the directories: the landing directory is missing\n");
    CHECK(daemon.metric("longshore_directories_in_trouble") == 1);
    CHECK(daemon.ask("/healthz").status == 200);
    std::filesystem::rename(p.config.landing + ".away", p.config.landing);
    CHECK(daemon.answers("/readyz", 200));
    CHECK(daemon.stop() == 0);
  }
}
