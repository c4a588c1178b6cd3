// skip and release of claimed files, with and without a running daemon.
#include "cli/operating.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

using Words = std::vector<std::string>;
using namespace std::chrono_literals;

std::string good(const std::string& vehicle) { return events(event(vehicle, k_time)); }

// Runs a daemon that dies at a crash point and leaves its claim.
void die_at(Pipeline& p, const std::string& point) {
  DaemonProcess daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", point}}}};
  CHECK(daemon.wait() == 137);
}

std::size_t claimed_files(const Pipeline& p) {
  return static_cast<std::size_t>(
      std::ranges::count_if(p.files("landing"), [](const std::string& name) { return name.starts_with(".work/"); }));
}

// A daemon whose loads fail at these passes of `before_load`, with all files in one claim.
DaemonProcess stuck_daemon(Pipeline& p, const std::string& passes) {
  p.config.once = false;
  return DaemonProcess{p, {.environment = {{"LONGSHORE_FAIL_AT", "before_load:" + passes}}}};
}

}  // namespace

TEST_SUITE("claimed") {
  TEST_CASE_ON_EACH_STORE("skip takes a file that a running daemon retries, and the daemon drops it") {
    Pipeline p{target};
    p.run_once();
    p.config.refusals = 1000;
    p.drop("objects_detection_1.json", good("a"));
    DaemonProcess daemon = stuck_daemon(p, "1-1000000=transient");
    REQUIRE(daemon.wait_for_log("; try 3 in"));
    CHECK(column(operate(p, {"skip", "objects_detection_1.json", "--dry-run"}), "result") == Words{"would move"});
    const auto skipped = operate(p, {"skip", "objects_detection_1.json"});
    INFO(skipped.out << skipped.err);
    CHECK(skipped.exit == 0);
    // the first of the two processes moves it
    CHECK(eventually([&] { return claimed_files(p) == 0 && p.files("failed").size() == 2; }));
    CHECK(column(operate(p, {"skip", "objects_detection_1.json"}), "result") == Words{"already done"});
    CHECK(daemon.stop() == 0);
    CHECK(p.rows("select status, error from ingest_log") == Words{"failed|skipped by the operator"});
    CHECK(p.files("failed").size() == 2);
    CHECK(p.one("select count(*) from detection_events") == "0");
    p.check_books();

    const auto released = operate(p, {"release", "objects_detection_1.json"});
    CHECK(released.exit == 0);
    CHECK(column(released, "result") == Words{"released"});
    CHECK(operate(p, {"skip", "objects_detection_1.json"}).exit == 75);  // it returned to landing
    CHECK(p.files("failed").empty());
    p.config.once = true;
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "1");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F12: a file of a batch that is skipped or removed does not delay the other files") {
    for (const bool removed : {false, true}) {
      Pipeline p{fresh_like(target)};
      p.run_once();
      for (const char* name : {"1", "2", "3"})
        p.drop("objects_detection_" + std::string{name} + ".json", good(name));
      // the outage is long enough for the skip to come before its end, also on a busy machine
      p.config.retry_first = p.config.retry_last = 400ms;
      DaemonProcess daemon = stuck_daemon(p, "1-8=unavailable");
      REQUIRE(daemon.wait_for_log("files wait"));
      REQUIRE(claimed_files(p) == 3);
      if (removed)
        for (const std::string& name : p.files("landing"))
          if (name.ends_with("objects_detection_2.json"))
            std::filesystem::rename(p.config.landing + "/" + name, p.scratch / "taken");
      if (!removed)
        CHECK(operate(p, {"skip", "objects_detection_2.json"}).exit == 0);
      CHECK(eventually([&] { return p.one("select count(*) from ingest_log where status = 'loaded'") == "2"; }));
      CHECK(eventually([&] { return p.one("select count(*) from ingest_log where status = 'failed'") == "1"; }));
      CHECK(eventually([&] { return claimed_files(p) == 0; }));
      CHECK(daemon.stop() == 0);
      CHECK(p.rows("select file_name, error from ingest_log where status = 'failed'") ==
            Words{removed ? "objects_detection_2.json|removed from its claim by an unknown process before it was loaded"
                          : "objects_detection_2.json|skipped by the operator"});
      CHECK(p.files("failed").size() == (removed ? 0 : 2));
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("a file released from a running daemon's claim is a new arrival") {
    Pipeline p{target};
    p.run_once();
    p.config.refusals = 1000;
    p.config.retry_first = p.config.retry_last = 1h;  // the daemon does not retry by itself
    p.drop("objects_detection_1.json", good("a"));
    DaemonProcess daemon = stuck_daemon(p, "1=transient");
    REQUIRE(daemon.wait_for_log("; try 2 in"));
    const auto released = operate(p, {"release", "objects_detection_1.json"});
    CHECK(released.exit == 0);
    CHECK(column(released, "result") == Words{"released"});
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    CHECK(daemon.stop() == 0);
    CHECK(p.rows("select status, error from ingest_log order by file_id") ==
          Words{"failed|returned to the landing directory by the operator", "loaded|\\N"});
    CHECK(p.one("select count(*) from detection_events") == "1");
    p.config.once = true;
    p.run_once();
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a finished file is neither skipped nor released") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    die_at(p, "before_move:1");
    for (const char* command : {"skip", "release"}) {
      const auto finished = operate(p, {command, "objects_detection_1.json"});
      CHECK(finished.exit == 75);
      CHECK(column(finished, "result") == Words{"finished"});
    }
    CHECK(claimed_files(p) == 1);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.files("processed").size() == 1);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("if skip or release is killed after it wrote the ledger, the next start completes the move") {
    for (const bool large : {false, true})
      for (const std::string command : {"skip", "release"}) {
        INFO(command);
        Pipeline p{fresh_like(target)};
        p.config.large_file = large ? 1 : p.config.large_file;
        p.run_once();
        p.drop("objects_detection_1.json", good("a"));
        die_at(p, large ? "after_announce:1" : "after_claim:1");
        CHECK(operate(p, {command, "objects_detection_1.json"}, {{"LONGSHORE_CRASH_AT", "takeout_recorded:1"}}).exit ==
              137);
        CHECK(claimed_files(p) == 1);
        p.run_once();
        CHECK(claimed_files(p) == 0);
        CHECK(p.files("failed").size() == (command == "skip" ? 2 : 0));
        p.run_once();
        CHECK(p.one("select count(*) from detection_events") == (command == "skip" ? "0" : "1"));
        CHECK(p.one("select count(*) from ingest_log where status = 'failed'") == "1");
        p.check_books();
      }
  }

  TEST_CASE_ON_EACH_STORE("release of a whole claim moves its files, but replaces no file in landing") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    p.drop("objects_detection_2.json", good("b"));
    die_at(p, "after_claim:1");
    p.drop("objects_detection_2.json", good("c"));
    const std::string path = p.files("landing")[0];
    const std::string claim = std::filesystem::path{path}.parent_path().filename();
    const auto released = operate(p, {"release", claim});
    CHECK(released.exit == 75);
    CHECK(column(released, "result") == Words{"released", "taken"});
    CHECK(column(released, "instance") == Words{"test-1", "test-1"});
    CHECK(claimed_files(p) == 1);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "3");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F24: skip of a claim whose large file does not exist closes the row that says loading") {
    Pipeline p{target};
    p.config.large_file = 1;
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    die_at(p, "after_announce:1");
    std::filesystem::remove_all(p.config.work);
    const std::string claim = p.one("select claim from ingest_log where status = 'loading'");
    CHECK(operate(p, {"skip", claim}).exit == 0);
    CHECK(p.one("select status from ingest_log") == "failed");
    CHECK(operate(p, {"skip", claim}).exit == 75);
    p.run_once();
    p.check_books();
  }

  TEST_CASE("an unclaimed name, a missing argument and a database that does not answer move nothing") {
    const ScratchDirectory scratch;
    Pipeline p{{store::Engine::sqlite, scratch / "fleet.db"}};
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    die_at(p, "after_claim:1");
    CHECK(operate(p, {"skip"}).exit == 64);
    CHECK(column(operate(p, {"skip", "unknown\n"}), "result") == Words{"gone"});
    CHECK(operate(p, {"release", "unknown"}).exit == 75);
    p.config.database = "host=127.0.0.1 port=1 dbname=d user=u";
    for (const char* command : {"skip", "release"})
      CHECK(operate(p, {command, "objects_detection_1.json"}).exit == 69);
    CHECK(claimed_files(p) == 1);
  }
}
