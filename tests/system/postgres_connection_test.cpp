// The connection to the server breaks, hangs or is slow. The server itself works.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/proxied_pipeline.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace longshore;
using namespace longshore::test;
using namespace std::chrono_literals;

TEST_SUITE("system") {
  TEST_CASE("D07: a connection that breaks in the middle of a COPY leaves no rows") {
    for (const unsigned bytes : {1U, 1'000U, 100'000U, 1'000'000U}) {
      ProxiedPipeline b;
      b.work.drop_large(bytes < 1'000'000 ? 4'000 : 20'000);
      b.work.drop_small(4);
      b.proxy.cut_copy_after(bytes, 1);
      INFO("after ", bytes, " bytes");
      CHECK(b.p.run_once() == Exit::ok);
      CHECK(b.proxy.fired() == 1);
      b.work.check();
    }
  }

  TEST_CASE("D09: repeated resets of all connections only delay the load") {
    ProxiedPipeline b;
    b.p.config.once = false;
    b.p.config.batch_files = 4;
    DaemonProcess daemon{b.p};
    unsigned broken = 0;
    while (broken < 50) {
      b.work.drop_small(5);
      const auto done = b.p.files("processed").size();
      eventually([&] { return b.p.files("processed").size() > done; });
      b.proxy.reset_all();
      broken += b.proxy.fired();
    }
    b.work.drop_small(5);
    CHECK(eventually([&] { return b.work.is_done(); }));
    CHECK(daemon.stop() == 0);
    b.work.check();
  }

  TEST_CASE("D08: a connection that drops all packets for some time loses nothing") {
    ProxiedPipeline b;
    b.p.config.once = false;
    DaemonProcess daemon{b.p};
    b.work.drop_small(4);
    REQUIRE(eventually([&] { return b.work.is_done(); }));
    b.proxy.swallow(true);
    b.work.drop_large(20'000);
    b.work.drop_small(10);
    // the daemon has claimed them
    REQUIRE(
        eventually([&] { return b.p.files("landing").size() > 0 && b.p.files("landing")[0].starts_with(".work"); }));
    CHECK(!b.work.is_done());
    SUBCASE("the connections continue") {}
    SUBCASE("all connections are reset") { b.proxy.reset_all(); }
    b.proxy.swallow(false);
    CHECK(eventually([&] { return b.work.is_done(); }));
    CHECK(daemon.stop() == 0);
    b.work.check();
  }

  TEST_CASE("D34: a slow connection only delays the load") {
    ProxiedPipeline b;
    b.work.drop_small(60);
    b.work.drop_large(2'000);
    b.proxy.delay(20ms);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() > 20);
    b.work.check();
  }
}
