// Other clients have locks that the daemon needs. It waits and retries, and no file fails.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

std::unique_ptr<store::Session> other_client(Pipeline& p) {
  return store::open(p.target(), store::Access::read_write, "longshore/tests");
}

bool waits_for_a_lock(Pipeline& p) {
  return eventually([&] {
    return p.one("select count(*) > 0 from pg_stat_activity where application_name = 'longshore/loader' "
                 "and datname = current_database() and wait_event_type = 'Lock'") == "1";
  });
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D24: a table that is locked for longer than the lock time-out is loaded after the lock ends") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    p.config.once = false;
    DaemonProcess daemon{p};
    const auto other = other_client(p);
    other->begin();
    other->exec("lock table detection_events in access exclusive mode");
    work.drop_small(3);
    // a lock on one table does not block the files of another feed
    CHECK(eventually([&] { return p.one("select count(*) from ingest_log where feed = 'vehicles_status'") == "1"; }));
    // wait until the first attempt has timed out and the second one waits
    const auto waits_since = [&] {
      return p.one(
          "select coalesce(min(xact_start)::text, '') from pg_stat_activity where application_name = 'longshore/loader' "
          "and datname = current_database() and wait_event_type = 'Lock'");
    };
    REQUIRE(eventually([&] { return !waits_since().empty(); }));
    const std::string first = waits_since();
    CHECK(eventually([&] { return waits_since() > first; }));
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded' and feed = 'objects_detection'") == "0");
    other->commit();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D25: repeated deadlocks with another client do not make a file fail") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    const auto other = other_client(p);
    // The daemon checks for a deadlock first and is therefore aborted. One second is enough time for the test to take
    // its lock.
    other->exec(
        "do $$ begin execute format('alter database %I set deadlock_timeout = 1000', current_database()); end $$");
    other->exec("set deadlock_timeout = '1min'");
    const auto touch = [&](const std::string& vehicle) {
      other->exec("update vehicle_status set file_id = file_id where vehicle_id = $1", {vehicle});
    };
    const auto drop = [&](int number) {
      const std::string time = "2024-01-01T00:0" + std::to_string(number) + ":00Z";
      p.drop("vehicles_status_" + std::to_string(number) + ".json",
             statuses(status("a", time, "driving") + "," + status("b", time, "driving")));
    };
    drop(1);
    REQUIRE(p.run_once() == Exit::ok);
    p.config.once = false;
    DaemonProcess daemon{p};
    for (int number = 2; number <= 3; ++number) {
      other->begin();
      touch("b");
      drop(number);
      REQUIRE(waits_for_a_lock(p));
      touch("a");  // returns after the daemon's transaction was aborted
      other->commit();
      const std::string loaded = std::to_string(number);
      CHECK(eventually([&] { return p.one("select count(*) from ingest_log where status = 'loaded'") == loaded; }));
    }
    CHECK(daemon.stop() == 0);
    CHECK(eventually(
        [&] { return p.one("select deadlocks from pg_stat_database where datname = current_database()") == "2"; }));
    CHECK(p.rows("select vehicle_id, report_time from vehicle_status order by 1") ==
          std::vector<std::string>{"a|2024-01-01T00:03:00.000000Z", "b|2024-01-01T00:03:00.000000Z"});
    CHECK(p.one("select count(*) from ingest_log") == "3");
    p.check_books();
  }

  TEST_CASE("D23: a daemon whose transaction was ended while it was stopped loads the file again") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    const auto other = other_client(p);
    p.config.once = false;
    work.drop_large(4'000);
    work.drop_small(4);
    other->begin();
    other->exec("lock table detection_events in access exclusive mode");
    DaemonProcess daemon{p};
    REQUIRE(waits_for_a_lock(p));
    daemon.suspend();
    other->commit();
    // the statement is done, and the stopped daemon does not send the next one
    const std::string idle =
        " from pg_stat_activity where application_name = 'longshore/loader' and datname = current_database()"
        " and (state like 'idle in transaction%' or wait_event = 'ClientRead')";
    REQUIRE(eventually([&] { return p.one("select count(*) > 0" + idle + " and state <> 'idle'") == "1"; }));
    other->exec("select pg_terminate_backend(pid, 5000)" + idle);
    daemon.resume();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }
}
