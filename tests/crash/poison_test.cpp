// A file that cannot be loaded ends in failed/ after a limited number of tries, and the other files load.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_poison = "objects_detection_poison.json";

void drop_poison_and_others(Pipeline& p, int others) {
  p.drop(k_poison, events(event("poison", k_time)));
  for (int i = 0; i < others; ++i)
    p.drop("objects_detection_" + std::to_string(i) + ".json", events(event("v" + std::to_string(i), k_time)));
}

Start crash_over_poison(const std::string& how) {
  Start start;
  start.environment["LONGSHORE_CRASH_AT"] = std::string{"before_decode/"} + k_poison + how;
  return start;
}

std::vector<std::string> names_and_outcomes(Pipeline& p) {
  return p.rows("select file_name, status from ingest_log order by file_name");
}

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_ON_EACH_STORE(
      "P10: a file that crashes the process is retried alone at the next start, and fails after three crashes") {
    for (const bool large : {false, true}) {
      Pipeline p{fresh_like(target)};
      p.config.once = false;
      if (large)
        p.config.large_file = 1;
      drop_poison_and_others(p, 3);
      const Start crashing = crash_over_poison(":1=abort");
      for (int i = 0; i < 3; ++i)
        CHECK(DaemonProcess{p, crashing}.wait() == 128 + SIGABRT);
      DaemonProcess daemon{p, crashing};
      CHECK(eventually([&] { return p.files("processed").size() == 3 && p.files("failed").size() == 2; }));
      CHECK(daemon.stop() == 0);
      CHECK(names_and_outcomes(p) ==
            std::vector<std::string>{"objects_detection_0.json|loaded", "objects_detection_1.json|loaded",
                                     "objects_detection_2.json|loaded", std::string{k_poison} + "|failed"});
      CHECK(p.one("select error from ingest_log where status = 'failed'") ==
            "longshore crashed 3 times while it was loaded");
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "P10: a file that crashes the process after it left its batch fails after three crashes too") {
    Pipeline p{target};
    p.config.window_bytes = 5'000;
    p.drop(k_poison, document("poison", 300));
    const Start crashing = crash_over_poison(":2=abort");  // first in the batch, then as a large file
    for (int i = 0; i < 3; ++i)
      CHECK(DaemonProcess{p, crashing}.wait() == 128 + SIGABRT);
    CHECK(p.one("select status from ingest_log") == "loading");
    CHECK(DaemonProcess{p, crashing}.wait() == 65);
    CHECK(p.one("select error from ingest_log") == "longshore crashed 3 times while it was loaded");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("P10: a file that crashed the process once loads at the next start") {
    Pipeline p{target};
    drop_poison_and_others(p, 1);
    const Start crashing = crash_over_poison(":1=abort");
    CHECK(DaemonProcess{p, crashing}.wait() == 128 + SIGABRT);
    CHECK(DaemonProcess{p}.wait() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "2");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("P10: kill -9 is not counted against the file") {
    Pipeline p{target};
    drop_poison_and_others(p, 0);
    const Start dying = crash_over_poison(":1");
    for (int i = 0; i < 5; ++i)
      CHECK(DaemonProcess{p, dying}.wait() == 137);
    CHECK(DaemonProcess{p}.wait() == 0);
    CHECK(p.one("select status from ingest_log") == "loaded");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "D02: a file that loses the connection at each try fails at the retry limit, and the other files load") {
    Pipeline p{target};
    p.run_once();
    p.config.once = false;
    p.config.refusals = 1;
    p.drop(k_poison, events(event("poison", k_time)));
    Start losing;
    losing.environment["LONGSHORE_FAIL_AT"] = std::string{"before_decode/"} + k_poison + ":1-1000=disconnected";
    DaemonProcess daemon{p, losing};
    int others = 0;
    CHECK(eventually([&] {
      const std::string name = std::to_string(++others);
      p.drop("objects_detection_" + name + ".json", events(event("v" + name, k_time)));
      return p.one("select count(*) from ingest_log where status = 'failed'") == "1";
    }));
    CHECK(eventually(
        [&] { return p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(others); }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select error from ingest_log where status = 'failed'") ==
          std::string{"failed after 4 tries, while other files were loaded: injected fault at before_decode/"} +
              k_poison);
    p.check_books();
  }

  TEST_CASE(
      "P06: SIGTERM twice while the server does not answer ends the process at once, and the next start loads the files") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    p.run_once();
    p.config.once = false;
    pid_t backend = 0;
    {
      DaemonProcess daemon{p};
      REQUIRE(daemon.wait_for_log("watches"));
      // the lock keeps the loader's statement waiting, so that the signal arrives during a statement
      const auto other = store::open(p.target(), store::Access::read_write, "longshore/tests");
      other->exec("begin");
      other->exec("lock table ingest_log in access exclusive mode");
      drop_poison_and_others(p, 2);
      REQUIRE(eventually([&] {
        const auto found = server.exec("select pid from pg_stat_activity where wait_event_type = 'Lock'");
        backend = found.empty() ? 0 : static_cast<pid_t>(store::as_int(found.rows[0][0]));
        return backend != 0;
      }));
      ::kill(backend, SIGSTOP);
      daemon.signal(SIGTERM);
      CHECK(daemon.wait_for_log("stopping"));
      daemon.signal(SIGTERM);
      CHECK(daemon.wait() == 0);
      ::kill(backend, SIGCONT);
      other->exec("rollback");
    }
    p.config.once = true;
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "3");
    p.check_books();
  }
}
