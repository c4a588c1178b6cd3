// The server, or one of its backends, stops while the daemon loads.
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

// Small transactions, so that one is always running.
void load_in_small_batches(Pipeline& p) {
  p.config.once = false;
  p.config.batch_files = 2;
}

bool loads_more(Pipeline& p) {
  const auto done = p.files("processed").size();
  return eventually([&] { return p.files("processed").size() > done; });
}

constexpr auto k_backends = "from pg_stat_activity where application_name = 'longshore/loader'";

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D01: repeated immediate shutdowns of the server only delay the load") {
    PostgresServer& restarted = server();
    Pipeline p{restarted.fresh_database()};
    Workload work{p};
    load_in_small_batches(p);
    DaemonProcess daemon{p};
    for (int i = 0; i < 3; ++i) {
      work.drop_small(40);
      work.drop_large(2'000);
      REQUIRE(loads_more(p));
      restarted.stop("immediate");
      work.drop_small(10);
      restarted.start();
    }
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D02: repeated pg_terminate_backend only delays the load") {
    Pipeline p{server().fresh_database()};
    Workload work{p};
    load_in_small_batches(p);
    DaemonProcess daemon{p};
    std::size_t ended = 0;
    while (ended < 20) {
      work.drop_small(10);
      if (ended % 5 == 0)
        work.drop_large(2'000);
      REQUIRE(loads_more(p));
      ended += server().exec(std::string{"select pg_terminate_backend(pid) "} + k_backends).size();
    }
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D03: a backend crash closes all connections, and the daemon resumes") {
    Pipeline p{server().fresh_database()};
    Workload work{p};
    load_in_small_batches(p);
    DaemonProcess daemon{p};
    work.drop_small(40);
    work.drop_large(2'000);
    REQUIRE(loads_more(p));
    const auto backends = server().exec(std::string{"select pid "} + k_backends);
    REQUIRE(!backends.empty());
    REQUIRE(::kill(static_cast<pid_t>(store::as_int(backends.rows[0][0])), SIGKILL) == 0);
    CHECK(eventually([&] { return server().log().find("all server processes terminated") != std::string::npos; }));
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D10: a daemon that starts before its server waits for it") {
    PostgresServer late;
    Pipeline p{{store::Engine::postgres, late.conninfo()}};
    Workload work{p};
    load_in_small_batches(p);
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
