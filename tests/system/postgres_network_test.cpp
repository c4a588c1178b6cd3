// The network between the daemon and the server is cut without a reset: packets are lost.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/network.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

// A server in another network namespace, and a daemon with short network time-outs.
struct Remote {
  explicit Remote(const Network& network) : server({"listen_addresses=0.0.0.0"}), p(start(server, network)), work(p) {
    REQUIRE(p.run_once() == Exit::ok);
    p.config.once = false;
    p.config.database =
        "host=" + network.host() + " port=" + std::to_string(server.port()) +
        " user=longshore dbname=" + conninfo_value(p.target().location, "dbname") +
        " connect_timeout=2 tcp_user_timeout=1000 keepalives_idle=1 keepalives_interval=1 keepalives_count=1"
        " options='-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=1 -c tcp_user_timeout=1000'";
  }

  static store::Target start(PostgresServer& server, const Network& network) {
    std::ofstream{server.data() + "/pg_hba.conf", std::ios::app} << "host all all " << network.addresses()
                                                                 << " trust\n";
    server.start();
    return server.fresh_database();
  }

  PostgresServer server;
  Pipeline p;
  Workload work;
};

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D08: a network that is cut without a reset is detected, and files wait until it works") {
    const auto network = Network::make();
    if (!network)
      return;
    Remote remote{*network};
    DaemonProcess daemon{remote.p, {.words = {}, .environment = {}, .prefix = network->prefix()}};
    remote.work.drop_small(4);
    REQUIRE(eventually([&] { return remote.work.is_done(); }));
    REQUIRE(network->is_connected_to(remote.server.port()));
    SUBCASE("no packets arrive") {
      network->unplug();
      remote.work.drop_small(10);
      CHECK(eventually([&] { return !network->is_connected_to(remote.server.port()); }));
      CHECK(!remote.work.is_done());
      network->plug();
    }
    SUBCASE("requests arrive, answers do not") {
      network->drop_replies();
      remote.work.drop_small(10);
      remote.work.drop_large(2'000);
      CHECK(eventually([&] { return !network->is_connected_to(remote.server.port()); }));
      CHECK(!remote.work.is_done());
      network->deliver_replies();
    }
    CHECK(eventually([&] { return remote.work.is_done(); }));
    CHECK(daemon.stop() == 0);
    remote.work.check();
  }

  TEST_CASE("D08: the server aborts the transaction of a daemon that disappeared, and releases its locks") {
    const auto network = Network::make();
    if (!network)
      return;
    Remote remote{*network};
    const auto other = store::open(remote.p.target(), store::Access::read_write, "longshore/tests");
    other->begin();
    other->exec("lock table detection_events in access exclusive mode");
    remote.work.drop_small(1);
    DaemonProcess daemon{remote.p, {.words = {}, .environment = {}, .prefix = network->prefix()}};
    const auto backends = [&](const std::string& which) {
      return remote.p.rows("select pid from pg_stat_activity where application_name = 'longshore/loader' and " + which);
    };
    REQUIRE(eventually([&] { return backends("wait_event_type = 'Lock'").size() == 1; }));
    daemon.suspend();
    other->commit();
    REQUIRE(eventually([&] { return backends("state <> 'idle' and wait_event = 'ClientRead'").size() == 1; }));
    network->unplug();
    daemon.resume();
    CHECK(eventually([&] { return backends("true").empty(); }));
    CHECK(!remote.work.is_done());
    network->plug();
    CHECK(eventually([&] { return remote.work.is_done(); }));
    CHECK(daemon.stop() == 0);
    remote.work.check();
  }
}
