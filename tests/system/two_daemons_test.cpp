// Two daemons with one landing directory or one database.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string many_events(const std::string& vehicle, int first, int end) {
  std::string many;
  for (int i = first; i < end; ++i)
    many += (many.empty() ? "" : ",") + event(vehicle + std::to_string(i), k_time);
  return events(many);
}

void drop_small(Pipeline& p, int first, int end) {
  for (int i = first; i < end; ++i)
    p.drop("objects_detection_" + std::to_string(i) + ".json", events(event("v" + std::to_string(i), k_time)));
}

bool is_all_processed(const Pipeline& p, std::size_t files) {
  return eventually([&] { return p.files("processed").size() == files; }, std::chrono::minutes{2});
}

void configure_daemons(Pipeline& p) {
  p.config.once = false;
  p.config.large_file = 20'000;
  p.config.window_bytes = 10'000;
  p.config.batch_files = 5;
}

Start as(const std::string& instance) { return {.words = {"--instance=" + instance}, .environment = {}, .prefix = {}}; }

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("O01 O02: a second daemon on the same SQLite file exits with 75, and the first continues") {
    const ScratchDirectory directory;
    Pipeline p{{store::Engine::sqlite, directory / "longshore.db"}};
    configure_daemons(p);
    DaemonProcess first{p};
    REQUIRE(first.wait_for_log(" watches "));
    {
      DaemonProcess second{p, as("other")};
      CHECK(second.wait() == 75);
      CHECK(second.log().find("another longshore writes to") != std::string::npos);
      CHECK(second.log().find("hint: stop the other daemon, or use PostgreSQL") != std::string::npos);
    }
    std::filesystem::create_symlink(p.config.database.substr(std::string{"sqlite:"}.size()), directory / "alias.db");
    Pipeline by_alias{{store::Engine::sqlite, directory / "alias.db"}};
    by_alias.config.once = false;
    drop_small(by_alias, 0, 1);
    DaemonProcess third{by_alias};
    CHECK(third.wait() == 75);
    CHECK(by_alias.files("landing").size() == 1);
    drop_small(p, 0, 5);
    CHECK(is_all_processed(p, 5));
    CHECK(first.stop() == 0);
    p.check_books();
  }

  TEST_CASE("O01: two daemons on one landing directory load each file once") {
    Pipeline p{fresh_database()};
    configure_daemons(p);
    DaemonProcess first{p, as("one")};
    DaemonProcess second{p, as("two")};
    REQUIRE(first.wait_for_log(" watches "));
    REQUIRE(second.wait_for_log(" watches "));
    drop_small(p, 0, 300);
    CHECK(is_all_processed(p, 300));
    CHECK(first.stop() == 0);
    CHECK(second.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "300");
    CHECK(p.one("select count(*) from detection_events") == "300");
    p.check_books();
  }

  TEST_CASE("O03: the claims of a killed daemon are adopted by another daemon, once and completely") {
    for (const char* point : {"after_claim:1", "before_commit:3", "before_move:2"}) {
      INFO(point);
      Pipeline p{fresh_database()};
      configure_daemons(p);
      drop_small(p, 0, 20);
      p.drop("objects_detection_large.json", many_events("large", 0, 300));
      DaemonProcess first{p,
                          {.words = {"--instance=one"}, .environment = {{"LONGSHORE_CRASH_AT", point}}, .prefix = {}}};
      REQUIRE(first.wait() == 137);
      DaemonProcess second{p, as("two")};
      REQUIRE(second.wait_for_log("took over the claims of one-1"));
      CHECK(is_all_processed(p, 21));
      CHECK(second.stop() == 0);
      CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "21");
      CHECK(p.one("select count(*) from detection_events") == "320");
      CHECK_FALSE(std::filesystem::exists(p.config.work + "/one-1"));
      p.check_books();
    }
  }

  TEST_CASE("O04: a stopped daemon keeps its claims and loads them when it continues") {
    Pipeline p{fresh_database()};
    configure_daemons(p);
    p.drop("objects_detection_large.json", many_events("large", 0, 3000));
    DaemonProcess first{p, as("one")};
    REQUIRE(first.wait_for_log(" loading, "));
    first.suspend();
    DaemonProcess second{p, as("two")};
    REQUIRE(second.wait_for_log(" watches "));
    drop_small(p, 0, 50);
    CHECK(eventually([&] { return p.files("processed").size() >= 50; }));
    first.resume();
    CHECK(is_all_processed(p, 51));
    CHECK(first.stop() == 0);
    CHECK(second.stop() == 0);
    CHECK(second.log().find("took over") == std::string::npos);
    CHECK(p.one("select count(*) from detection_events") == "3050");
    CHECK(p.one("select count(*) from ingest_log") == "51");
    p.check_books();
  }

  TEST_CASE("O05: two landing directories share a database: each content is loaded once") {
    const store::Target target = fresh_database();
    Pipeline here{target};
    Pipeline there{target};
    configure_daemons(here);
    configure_daemons(there);
    DaemonProcess first{here, as("here")};
    DaemonProcess second{there, as("there")};
    REQUIRE(first.wait_for_log(" watches "));
    REQUIRE(second.wait_for_log(" watches "));
    drop_small(here, 0, 60);
    drop_small(there, 40, 100);
    for (int i = 0; i < 4; ++i) {
      // each file has rows in common with the other directory's files; some contents are in both
      here.drop("objects_detection_large" + std::to_string(i) + ".json", many_events("large", 200 * i, 200 * i + 400));
      there.drop("objects_detection_large" + std::to_string(i) + ".json",
                 many_events("large", 200 * i + 100 * (i % 2), 200 * i + 400));
    }
    CHECK(is_all_processed(here, 64));
    CHECK(is_all_processed(there, 64));
    CHECK(first.stop() == 0);
    CHECK(second.stop() == 0);
    CHECK(here.one("select count(*) from detection_events") == "1100");
    CHECK(here.one("select status, count(*) from ingest_log where status = 'duplicate' group by 1") == "duplicate|22");
    CHECK(here.one("select count(*) from ingest_log") == "128");
    CHECK(here.one("select sum(rows_loaded) from ingest_log") == "1100");
    CHECK(here.one("select count(*) from ingest_log where records <> rows_loaded + rows_duplicate + rows_rejected") ==
          "0");
  }

  TEST_CASE("O05: large files with common rows, loaded at the same time by two daemons, all finish") {
    Pipeline p{fresh_database()};
    configure_daemons(p);
    p.config.loaders = 4;
    for (int i = 0; i < 8; ++i) {
      // the same rows, starting at another row in each file, so that each takes its locks in another order
      std::string many;
      for (int k = 0; k < 800; ++k)
        many += (k ? "," : "") + event("v" + std::to_string((k + 100 * i) % 800), k_time);
      p.drop("objects_detection_" + std::to_string(i) + ".json", events(many));
    }
    DaemonProcess first{p, as("one")};
    DaemonProcess second{p, as("two")};
    CHECK(is_all_processed(p, 8));
    CHECK(first.stop() == 0);
    CHECK(second.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == "800");
    CHECK(p.one("select sum(rows_loaded), sum(rows_duplicate) from ingest_log where status = 'loaded'") == "800|5600");
    p.check_books();
  }
}
