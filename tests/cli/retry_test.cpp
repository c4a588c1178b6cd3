#include "cli/operating.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace longshore;
using namespace longshore::test;

namespace {

using Words = std::vector<std::string>;

std::string good(const std::string& vehicle) { return events(event(vehicle, k_time)); }

// Loads all files while the database refuses them: valid files that failed.
void fail_once(Pipeline& p) {
  p.config.refusals = 1;
  ::setenv("LONGSHORE_FAIL_AT", "before_load:1-100=bad_file", 1);
  CHECK(p.run_once() == Exit::bad_data);
  ::unsetenv("LONGSHORE_FAIL_AT");
}

}  // namespace

TEST_SUITE("retry") {
  TEST_CASE_ON_EACH_STORE("F36: retried files are loaded as new arrivals, and their old ledger rows stay") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    p.drop("objects_detection_\n2.json", good("b"));
    fail_once(p);
    CHECK(p.files("failed").size() == 4);

    const auto dry = operate(p, {"retry", "--all", "--dry-run"});
    CHECK(dry.exit == 0);
    CHECK(column(dry, "result") == Words{"would move", "would move"});
    CHECK(p.files("failed").size() == 4);

    const auto retried = operate(p, {"retry", "--all"});
    CHECK(retried.exit == 0);
    CHECK(retried.err.empty());
    CHECK(column(retried, "result") == Words{"landing", "landing"});
    CHECK(retried.out.find("objects_detection_\\x0a2.json") != std::string::npos);
    CHECK(p.files("failed").empty());
    CHECK(p.files("landing") == Words{"objects_detection_\n2.json", "objects_detection_1.json"});

    CHECK(operate(p, {"retry", "--all"}).exit == 0);
    CHECK(column(operate(p, {"retry", p.one("select min(file_id) from ingest_log")}), "result") ==
          Words{"already done"});
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select status, count(*) from ingest_log group by 1 order by 1") == Words{"failed|2", "loaded|2"});
    CHECK(p.data().size() == 4);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F36: retry does not replace a file in landing, reports it, and moves the other files") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    p.drop("objects_detection_2.json", good("b"));
    fail_once(p);
    p.drop("objects_detection_1.json", "[another]");
    const auto retried = operate(p, {"retry", "--all"});
    CHECK(retried.exit == 75);
    CHECK(column(retried, "file_name") == Words{"objects_detection_2.json", "objects_detection_1.json"});
    CHECK(column(retried, "result") == Words{"landing", "taken"});
    CHECK(std::filesystem::file_size(p.config.landing + "/objects_detection_1.json") == 9);
    CHECK(p.files("failed").size() == 2);
    std::filesystem::remove(p.config.landing + "/objects_detection_1.json");
    CHECK(operate(p, {"retry", "--name", "*_1.json"}).exit == 0);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "2");
    p.check_books();
  }

  TEST_CASE("retry selects files by id, name, feed and time, and fails if none is selected") {
    const ScratchDirectory scratch;
    Pipeline p{{store::Engine::sqlite, scratch / "fleet.db"}};
    CHECK(operate(p, {"retry", "--all"}).exit == 78);
    const auto nothing = operate(p, {"retry"});
    CHECK(nothing.exit == 64);
    CHECK(nothing.err.find("no files selected\nhint: give FILE_IDs, --name GLOB") != std::string::npos);
    CHECK(operate(p, {"retry", "1", "--all"}).exit == 64);

    p.run_once();
    p.drop("objects_detection_1.json", "[oops]");
    p.drop("objects_detection_2.json", "[oops]");
    p.drop("vehicles_status_1.json", "[oops]");
    p.drop("objects_detection_3.json", good("a"));
    p.run_once();
    const auto names = [&](const Words& words) {
      Words all{"retry", "--dry-run"};
      all.insert(all.end(), words.begin(), words.end());
      const auto finished = operate(p, all);
      CHECK(finished.exit == 0);
      auto found = column(finished, "file_name");
      std::ranges::sort(found);
      return found;
    };
    CHECK(names({"--feed", "vehicles_status"}) == Words{"vehicles_status_1.json"});
    CHECK(names({"--name", "*_1.json"}) == Words{"objects_detection_1.json", "vehicles_status_1.json"});
    CHECK(names({"--since", "1h"}).size() == 3);
    CHECK(names({"--since", "2100-01-01"}).empty());
    CHECK(operate(p, {"retry", "--since", "2100-01-01"}).err == "no failed file matches\n");
    for (const char* command : {"retry", "log", "rejects"}) {
      const auto unknown = run_longshore({command, "--feed", "vehicle_status", "--database", p.config.database},
                                         {{"LONGSHORE_LANDING", p.config.landing}});
      CHECK(unknown.exit == 64);
      CHECK(unknown.err == "longshore: unknown feed \"vehicle_status\"\nhint: did you mean vehicles_status\n");
    }
    CHECK(operate(p, {"retry", "99"}).err ==
          "longshore: the ledger has no file 99\nhint: longshore log --status failed lists the failed files\n");
    CHECK(operate(p, {"retry", "x"}).exit == 64);
    const auto loaded = operate(p, {"retry", p.one("select file_id from ingest_log where status = 'loaded'")});
    CHECK(loaded.exit == 75);
    CHECK(column(loaded, "result") == Words{"not failed"});
  }

  TEST_CASE_ON_EACH_STORE("F36: a missing copy is reported as gone, and a later file of its name is left alone") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", "[oops]");
    p.run_once();
    std::filesystem::rename(p.scratch / p.one("select archive_path from ingest_log"), p.scratch / "moved");
    const std::string first = p.one("select file_id from ingest_log");
    const auto gone = operate(p, {"retry", first});
    CHECK(gone.exit == 75);
    CHECK(column(gone, "result") == Words{"gone"});
    p.drop("objects_detection_1.json", "[oops again]");
    p.run_once();
    CHECK(p.one("select count(distinct archive_path) from ingest_log") == "2");
    CHECK(column(operate(p, {"retry", first}), "result") == Words{"already done"});
    CHECK(p.one("select archive_path from ingest_log where file_id = " + first) == "\\N");
    CHECK(p.files("failed").size() == 3);
    CHECK(column(operate(p, {"retry", p.one("select max(file_id) from ingest_log")}), "result") == Words{"landing"});
  }

  TEST_CASE_ON_EACH_STORE("a failed file whose row names a place that other files may get is not moved") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", "[oops]");
    p.run_once();
    const std::string place = p.one("select archive_path from ingest_log");
    const std::string shared = place.substr(0, std::string{"failed/2026-11-21/"}.size()) + "objects_detection_1.json";
    std::filesystem::rename(p.scratch / place, p.scratch / shared);
    store::open(target, store::Access::read_write, "longshore/test")
        ->exec("update ingest_log set archive_path = $1", {shared});
    const auto retried = operate(p, {"retry", "--all"});
    CHECK(retried.exit == 75);
    CHECK(column(retried, "result") == Words{"gone"});
    CHECK(column(retried, "detail") ==
          Words{"its place is not in the directory of its claim, so the file there may be another: " + shared});
    CHECK(std::filesystem::exists(p.scratch / shared));
  }

  TEST_CASE_ON_EACH_STORE("F36: several retries at once beside a daemon move each failed file once") {
    Pipeline p{target};
    p.run_once();
    for (int i = 0; i < 20; ++i)
      p.drop("objects_detection_" + std::to_string(i) + ".json", good("v" + std::to_string(i)));
    fail_once(p);
    p.config.once = false;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log("watches"));
    std::vector<Finished> finished(4);
    {
      std::vector<std::jthread> threads;
      threads.reserve(finished.size());
      for (Finished& one : finished)
        threads.emplace_back([&] { one = operate(p, {"retry", "--all"}); });
    }
    std::size_t moved = 0;
    for (const Finished& one : finished) {
      const auto results = column(one, "result");
      moved += static_cast<std::size_t>(std::ranges::count(results, "landing"));
      for (const std::string& result : results)
        CHECK_MESSAGE((result == "landing" || result == "gone" || result == "already done" || result == "taken"),
                      one.out << one.err);
    }
    CHECK(moved == 20);
    CHECK(eventually([&] { return p.one("select count(*) from ingest_log where status = 'loaded'") == "20"; }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log") == "40");
    CHECK(p.one("select count(*) from detection_events") == "20");
    CHECK(p.files("failed").empty());
    p.check_books();
  }

  TEST_CASE("X10: without the right to write the ledger, retry moves nothing") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    fail_once(p);
    server.exec("create role ana login");
    const std::string database = p.one("select current_database()");
    server.exec("grant select on all tables in schema public to ana", database);
    const auto failed = p.files("failed");
    const auto own = p.config.database;
    p.config.database = server.tcp_conninfo(database) + " user=ana";
    CHECK(operate(p, {"retry", "--all"}).exit == 78);
    p.config.database = own;
    CHECK(p.files("failed") == failed);
    CHECK(p.files("landing").empty());
    CHECK(operate(p, {"retry", "--all"}).exit == 0);
    CHECK(p.files("landing").size() == 1);
  }

  TEST_CASE_ON_EACH_STORE("verify and retry refuse to run if the landing directory is missing") {
    Pipeline p{target};
    p.run_once();
    p.config.landing += "-elsewhere";
    for (const char* command : {"verify", "retry"}) {
      const auto refused = operate(p, command == std::string{"retry"} ? Words{"retry", "--all"} : Words{"verify"});
      CHECK(refused.exit == 78);
      CHECK(refused.err.find("-elsewhere\" does not exist\nhint: --landing names another") != std::string::npos);
    }
    CHECK(operate(p, {"status"}).out.find("landing_fault") != std::string::npos);
  }

  TEST_CASE("F36: retry from another file system copies the file with its time") {
    std::error_code none;
    const std::filesystem::path other = "/dev/shm/longshore-retry-" + std::to_string(::getpid());
    std::filesystem::create_directory(other, none);
    struct Remove {
      std::filesystem::path path;
      ~Remove() { std::filesystem::remove_all(path); }
    } remove{other};
    on_each_store([&](const store::Target& target) {
      Pipeline p{target};
      p.config.failed = other / "failed";
      p.run_once();
      p.drop("objects_detection_1.json", good("a"));
      const auto time = std::filesystem::last_write_time(p.config.landing + "/objects_detection_1.json");
      fail_once(p);
      CHECK(column(operate(p, {"retry", "--all"}), "result") == Words{"landing"});
      CHECK(p.files("landing") == Words{"objects_detection_1.json"});
      CHECK(std::filesystem::last_write_time(p.config.landing + "/objects_detection_1.json") == time);
      CHECK(p.run_once() == Exit::ok);
      CHECK(p.one("select count(*) from detection_events") == "1");
    });
  }
}
