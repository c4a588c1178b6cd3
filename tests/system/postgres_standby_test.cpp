// Two servers: the primary or its synchronous standby is lost.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

struct Pair {
  Pair() {
    primary.start();
    std::filesystem::remove_all(standby.data());
    standby.run("pg_basebackup", {"--pgdata=" + standby.data(), "--dbname=" + primary.conninfo(),
                                  "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"});
    standby.start();
  }

  // True when the standby has replayed everything of the primary.
  bool has_caught_up() const {
    return eventually([&] {
      return store::as_int(
                 primary.exec("select count(*) from pg_stat_replication where replay_lsn >= pg_current_wal_flush_lsn()")
                     .rows[0][0]) == 1;
    });
  }
  void promote() const { standby.run("pg_ctl", {"--pgdata=" + standby.data(), "--wait", "--silent", "promote"}); }
  // Both servers: libpq selects the one that accepts writes.
  store::Target target() const {
    return {store::Engine::postgres, "host=127.0.0.1,127.0.0.1 port=" + std::to_string(primary.port()) + "," +
                                         std::to_string(standby.port()) + " user=longshore dbname=postgres"};
  }

  PostgresServer primary;
  PostgresServer standby{{"log_connections=on"}};
};

PostgresServer& server() {
  static PostgresServer server;
  if (!server.is_running())
    server.start();
  return server;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D16: with two servers, the daemon waits while neither accepts writes, then uses the new primary") {
    Pair pair;
    Pipeline p{pair.target()};
    Workload work{p};
    p.config.once = false;
    DaemonProcess daemon{p};
    work.drop_small(10);
    REQUIRE(eventually([&] { return work.is_done(); }));
    REQUIRE(pair.has_caught_up());
    pair.primary.stop("immediate");
    work.drop_small(10);
    work.drop_large(2'000);
    // the daemon connects to the standby, which answers but accepts no writes
    const auto asked = [&] {
      return pair.standby.log().find("application_name=longshore/loader") != std::string::npos;
    };
    CHECK(eventually(asked));
    CHECK(p.one("select count(*) from ingest_log") == "10");
    CHECK(!work.is_done());
    CHECK(p.files("failed").empty());
    pair.promote();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D16: a daemon that is connected to a standby waits until it is promoted") {
    Pair pair;
    Pipeline p{pair.target()};
    Workload work{p};
    work.drop_small(4);
    REQUIRE(p.run_once() == Exit::ok);
    REQUIRE(pair.has_caught_up());
    p.config.once = false;
    p.config.database = pair.standby.tcp_conninfo() + " target_session_attrs=any";
    DaemonProcess daemon{p};
    work.drop_small(4);
    const auto asked = [&] { return pair.standby.log().find("application_name=longshore/start") != std::string::npos; };
    CHECK(eventually(asked));
    CHECK(!work.is_done());
    pair.primary.stop("fast");
    pair.promote();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(p.files("failed").empty());
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D17: after a failover that lost commits the daemon loads new files") {
    Pair pair;
    Pipeline p{pair.target()};
    Workload work{p};
    p.config.once = false;
    DaemonProcess daemon{p};
    work.drop_small(4);
    REQUIRE(eventually([&] { return work.is_done(); }));
    REQUIRE(pair.has_caught_up());
    pair.standby.stop("fast");
    work.drop_small(6);
    REQUIRE(eventually([&] { return work.is_done(); }));
    pair.primary.stop("immediate");
    pair.standby.start();
    CHECK(p.one("select count(*) from ingest_log") == "4");  // six were committed and are lost
    pair.promote();
    work.drop_small(10);
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "14");
    CHECK(p.one("select (select count(*) from detection_events) + (select count(*) from vehicle_status_history)") ==
          "42");
    CHECK(p.files("processed").size() == 20);  // including the six, which can be dropped again
    p.check_books();
  }

  TEST_CASE("D19: a COMMIT that waits for a synchronous standby is done once, even if the wait is aborted") {
    Pipeline p{server().fresh_database()};
    Workload work{p};
    REQUIRE(p.run_once() == Exit::ok);
    p.config.once = false;
    server().exec("alter system set synchronous_standby_names = 'missing'");
    server().exec("select pg_reload_conf()");
    const auto abort_waits = [&](const std::string& how) {
      return server()
          .exec("select " + how +
                "(pid) from pg_stat_activity where wait_event = 'SyncRep' and application_name like 'longshore/%'")
          .size();
    };
    DaemonProcess daemon{p};
    work.drop_small(6);
    work.drop_large(2'000);
    SUBCASE("by a cancel: success with a warning") {
      std::size_t ended = 0;
      CHECK(eventually([&] {
        ended += abort_waits("pg_cancel_backend");
        return work.is_done();
      }));
      CHECK(ended > 1);
      CHECK(daemon.log().find("might not have been replicated") != std::string::npos);
    }
    // the backend then waits again, to remove its temporary tables, and reports the success only after that
    SUBCASE("by the end of the backend") {
      CHECK(eventually([&] { return abort_waits("pg_terminate_backend") > 0; }));
    }
    server().exec("alter system reset synchronous_standby_names");
    server().exec("select pg_reload_conf()");
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }
}
