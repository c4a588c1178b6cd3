// The server, or a backend of it, dies while the daemon loads.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace longshore;
using namespace longshore::test;

namespace {

PostgresServer& server() {
  static PostgresServer server;
  if (!server.is_running())
    server.start();
  return server;
}

// Small transactions, so that there is always one under way.
void load_for_ever(Pipeline& p) {
  p.config.once = false;
  p.config.batch_files = 2;
}

bool loads_on(Pipeline& p) {
  const auto done = p.files("processed").size();
  return eventually([&] { return p.files("processed").size() > done; });
}

constexpr auto k_backends = "from pg_stat_activity where application_name = 'longshore/loader'";

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D01: a server that goes down at once and comes back, again and again, costs only time") {
    PostgresServer& restarted = server();
    Pipeline p{restarted.fresh_database()};
    Workload work{p};
    load_for_ever(p);
    DaemonProcess daemon{p};
    for (int i = 0; i < 3; ++i) {
      work.drop_small(40);
      work.drop_large(2'000);
      REQUIRE(loads_on(p));
      restarted.stop("immediate");
      work.drop_small(10);
      restarted.start();
    }
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D02: backends that are ended by hand, again and again, cost only time") {
    Pipeline p{server().fresh_database()};
    Workload work{p};
    load_for_ever(p);
    DaemonProcess daemon{p};
    std::size_t ended = 0;
    while (ended < 20) {
      work.drop_small(10);
      if (ended % 5 == 0)
        work.drop_large(2'000);
      REQUIRE(loads_on(p));
      ended += server().exec(std::string{"select pg_terminate_backend(pid) "} + k_backends).size();
    }
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D03: a backend that crashes takes every connection with it, and the daemon goes on") {
    Pipeline p{server().fresh_database()};
    Workload work{p};
    load_for_ever(p);
    DaemonProcess daemon{p};
    work.drop_small(40);
    work.drop_large(2'000);
    REQUIRE(loads_on(p));
    const auto backends = server().exec(std::string{"select pid "} + k_backends);
    REQUIRE(!backends.empty());
    REQUIRE(::kill(static_cast<pid_t>(store::as_int(backends.rows[0][0])), SIGKILL) == 0);
    CHECK(eventually([&] { return server().log().find("all server processes terminated") != std::string::npos; }));
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D10: a daemon that is started before its server waits for it") {
    PostgresServer late;
    Pipeline p{{store::Engine::postgres, late.conninfo()}};
    Workload work{p};
    load_for_ever(p);
    work.drop_small(4);
    DaemonProcess daemon{p};
    CHECK(daemon.wait_for_log("Is the server running"));
    CHECK(p.files("landing").size() == 4);
    late.start();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }
}
