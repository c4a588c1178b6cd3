// Two starts at once, and databases that a start refuses.
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

}  // namespace

TEST_SUITE("system") {
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
