// Others hold locks that the daemon needs: it waits, gives way and tries again, and no file is blamed.
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
  TEST_CASE("D24: a table that somebody locks for longer than the daemon waits is loaded when the lock is gone") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    p.config.once = false;
    DaemonProcess daemon{p};
    const auto other = other_client(p);
    other->begin();
    other->exec("lock table detection_events in access exclusive mode");
    work.drop_small(3);
    // statuses need no table that is locked: a lock on one table holds up nobody else's files for good
    CHECK(eventually([&] { return p.one("select count(*) from ingest_log where feed = 'vehicles_status'") == "1"; }));
    // until it has given up once, and tries again
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

  TEST_CASE(
      "D25: a neighbour who takes the same rows in the opposite order, again and again, cannot make a file fail") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    const auto neighbour = other_client(p);
    // the daemon is the first to look for a deadlock, and so the one that loses it; it leaves us time to close the circle
    neighbour->exec(
        "do $$ begin execute format('alter database %I set deadlock_timeout = 1000', current_database()); end $$");
    neighbour->exec("set deadlock_timeout = '1min'");
    const auto touch = [&](const std::string& vehicle) {
      neighbour->exec("update vehicle_status set file_id = file_id where vehicle_id = $1", {vehicle});
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
      neighbour->begin();
      touch("b");
      drop(number);
      REQUIRE(waits_for_a_lock(p));
      touch("a");  // returns when the daemon has given way
      neighbour->commit();
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

  TEST_CASE("D23: a daemon that stood still while its transaction was ended goes on where it was") {
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
    daemon.signal(SIGSTOP);
    other->commit();
    // the statement is done, and the daemon is not there to send the next
    const std::string idle =
        " from pg_stat_activity where application_name = 'longshore/loader' and datname = current_database()"
        " and (state like 'idle in transaction%' or wait_event = 'ClientRead')";
    REQUIRE(eventually([&] { return p.one("select count(*) > 0" + idle + " and state <> 'idle'") == "1"; }));
    other->exec("select pg_terminate_backend(pid, 5000)" + idle);
    daemon.signal(SIGCONT);
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }
}
