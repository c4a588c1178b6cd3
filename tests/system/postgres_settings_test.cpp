// Settings of the role or the database: the daemon's own settings override them, and the rows are the same.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

void set(Pipeline& p, const std::string& setting) {
  store::open(p.target(), store::Access::read_write, "longshore/tests")
      ->exec("alter database " + conninfo_value(p.target().location, "dbname") + " set " + setting);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D22: a statement time-out of the database does not abort a long load") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    const auto admin = store::open(p.target(), store::Access::read_write, "longshore/tests");
    admin->exec_script(R"(
create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return null; end $$;
create trigger slow after insert on detection_events for each statement execute function slow();
)");
    set(p, "statement_timeout = '250ms'");
    work.drop_large(2'000);
    work.drop_small(10);
    CHECK(p.run_once() == Exit::ok);
    work.check();
  }

  TEST_CASE("D16 D26: a read-only and serializable default is overridden, during updates of other clients") {
    Pipeline p{fresh_database()};
    REQUIRE(p.run_once() == Exit::ok);
    const auto other = store::open(p.target(), store::Access::read_write, "longshore/tests");
    set(p, "default_transaction_read_only = on");
    set(p, "default_transaction_isolation = 'serializable'");
    p.drop("vehicles_status_1.json", statuses(status("v", "2024-01-01T00:00:00Z", "driving")));
    REQUIRE(p.run_once() == Exit::ok);
    p.config.once = false;
    DaemonProcess daemon{p};
    // each report updates a row that another transaction has changed but not committed
    for (int minute = 1; minute < 10; ++minute) {
      other->begin();
      other->exec("update vehicle_status set status = 'parked' where vehicle_id = 'v'");
      const std::string time = "2024-01-01T00:0" + std::to_string(minute) + ":00Z";
      p.drop("vehicles_status_" + std::to_string(minute + 1) + ".json", statuses(status("v", time, "driving")));
      CHECK(eventually([&] {
        return p.one("select count(*) from pg_stat_activity where application_name = 'longshore/loader' "
                     "and datname = current_database() and wait_event_type = 'Lock'") == "1";
      }));
      other->commit();
      const std::string loaded = std::to_string(minute + 1);
      CHECK(eventually([&] { return p.one("select count(*) from ingest_log where status = 'loaded'") == loaded; }));
    }
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select report_time, status from vehicle_status") == "2024-01-01T00:09:00.000000Z|driving");
    CHECK(p.one("select max(attempt) from ingest_log") == "1");
    p.check_books();
  }

  TEST_CASE("D30: the rows are the same with any time zone and date style of the database") {
    const std::string text =
        events(event("v", "2022-06-05T21:02:34.546Z") + "," + event("v", "2022-06-05T23:30:00+03:00"));
    Pipeline plain{fresh_database()};
    plain.drop("objects_detection_1.json", text);
    REQUIRE(plain.run_once() == Exit::ok);
    Pipeline odd{fresh_database()};
    for (const char* setting :
         {"timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "intervalstyle = 'iso_8601'", "bytea_output = 'escape'",
          "extra_float_digits = 0", "standard_conforming_strings = off"})
      set(odd, setting);
    odd.drop("objects_detection_1.json", text);
    REQUIRE(odd.run_once() == Exit::ok);
    CHECK(odd.data() == plain.data());
    CHECK(odd.one("select first_time, last_time from ingest_log") ==
          "2022-06-05T20:30:00.000000Z|2022-06-05T21:02:34.546000Z");
    odd.check_books();
  }
}
