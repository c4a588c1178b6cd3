// Tables are missing or have another shape: the daemon exits with 78 and names them; the files stay.
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

void exec(Pipeline& p, const std::string& sql) {
  store::open(p.target(), store::Access::read_write, "longshore/tests")->exec_script(sql);
}

// True if each file is in landing or loaded, and some wait: files of other tables may load.
bool all_wait_or_are_loaded(const Pipeline& p, const Workload& work) {
  const auto waiting = p.files("landing").size();
  return waiting > 0 && waiting + p.files("processed").size() == static_cast<std::size_t>(work.files()) &&
         p.files("failed").empty();
}

// Runs `harm` while a daemon runs: it must exit with 78 and log `named`. After `remedy`, another run must load all
// files.
void check_stop(const std::string& harm, const std::string& named, const std::string& remedy) {
  INFO(harm);
  Pipeline p{fresh_database()};
  Workload work{p};
  p.config.once = false;
  {
    DaemonProcess daemon{p};
    work.drop_small(4);
    REQUIRE(eventually([&] { return work.is_done(); }));
    exec(p, harm);
    work.drop_small(4);
    CHECK(daemon.wait() == 78);
    CHECK_MESSAGE(daemon.log().find(named) != std::string::npos, daemon.log());
    CHECK(all_wait_or_are_loaded(p, work));
  }
  exec(p, remedy);
  p.config.once = true;
  CHECK(p.run_once() == Exit::ok);
  work.check();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D14: the daemon exits if a table is removed; the files stay") {
    check_stop("alter table detection_events rename to elsewhere", "detection_events",
               "alter table elsewhere rename to detection_events");
  }

  TEST_CASE("D14: the daemon exits if a column is removed; the files stay") {
    check_stop("alter table vehicle_status_history rename column status to state", "status",
               "alter table vehicle_status_history rename column state to status");
  }

  TEST_CASE("D14: the daemon exits if the ledger is removed; the files stay") {
    check_stop("alter table ingest_log rename to elsewhere", "ingest_log",
               "alter table elsewhere rename to ingest_log");
  }

  TEST_CASE("D15: the daemon exits if a right of its role is revoked; the files stay") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    const std::string database = conninfo_value(p.target().location, "dbname");
    const std::string role = "loader_of_" + database;
    exec(p, "create role " + role + " login; grant select, insert, update, delete on all tables in schema public to " +
                role + "; grant usage on all sequences in schema public to " + role);
    p.config.database = p.target().location + " user=" + role;
    p.config.once = false;
    {
      DaemonProcess daemon{p};
      work.drop_small(4);
      REQUIRE(eventually([&] { return work.is_done(); }));
      exec(p, "revoke insert on detection_events from " + role);
      work.drop_small(4);
      CHECK(daemon.wait() == 78);
      CHECK(daemon.log().find("permission denied for table detection_events") != std::string::npos);
      CHECK(all_wait_or_are_loaded(p, work));
    }
    exec(p, "grant insert on detection_events to " + role);
    p.config.once = true;
    CHECK(p.run_once() == Exit::ok);
    work.check();
  }

  TEST_CASE("D31: two daemons that start at the same time on an empty database share the files") {
    const store::Target target = fresh_database();
    Pipeline one{target};
    Pipeline two{target};
    Workload work{one};
    work.drop_small(40);
    one.config.once = two.config.once = false;
    two.config.landing = one.config.landing;
    two.config.work = one.config.work;
    two.config.processed = one.config.processed;
    two.config.failed = one.config.failed;
    one.config.batch_files = two.config.batch_files = 4;
    DaemonProcess first{one};
    DaemonProcess second{two};
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(first.stop() == 0);
    CHECK(second.stop() == 0);
    work.check();
  }

  TEST_CASE("D32: a database of a newer longshore version is refused with exit 78; the files stay") {
    Pipeline p{fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    exec(
        p,
        "insert into longshore_migrations (version, name, checksum, applied_at) values (9999, '9999_later', 'x', now())");
    work.drop_small(2);
    {
      DaemonProcess daemon{p};
      CHECK(daemon.wait() == 78);
      CHECK(daemon.log().find("9999_later") != std::string::npos);
    }
    CHECK(p.files("landing").size() == 2);
    exec(p, "delete from longshore_migrations where version = 9999");
    CHECK(p.run_once() == Exit::ok);
    work.check();
  }

  TEST_CASE("D28: a database with another encoding than UTF8 is refused with exit 78; the files stay") {
    for (const char* encoding : {"SQL_ASCII", "LATIN1"}) {
      Pipeline p{fresh_database()};
      const std::string database = conninfo_value(p.target().location, "dbname");
      const std::string other = database + "_" + (encoding[0] == 'S' ? "ascii" : "latin1");
      exec(p, "create database " + other + " template template0 locale 'C' encoding '" + encoding + "'");
      p.config.database = p.target().location + " dbname=" + other;
      p.drop("objects_detection_1.json", "[]");
      DaemonProcess daemon{p};
      CHECK(daemon.wait() == 78);
      CHECK(daemon.log().find(encoding) != std::string::npos);
      CHECK(p.files("landing") == std::vector<std::string>{"objects_detection_1.json"});
    }
  }
}
