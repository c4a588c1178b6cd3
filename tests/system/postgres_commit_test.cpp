// The connection breaks during a COMMIT. The daemon does not know if the server has committed; nothing may be loaded
// twice.
#include "support/proxied_pipeline.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace longshore;
using namespace longshore::test;
using AtCommit = PostgresProxy::AtCommit;
using namespace std::chrono_literals;

TEST_SUITE("system") {
  TEST_CASE("D04: a COMMIT that never arrives is repeated with the whole transaction") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::cut, 3);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 3);
    b.work.check();
  }

  TEST_CASE("D05: a COMMIT whose answer is lost is found in the ledger") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::lose_answer, 2);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 2);
    b.work.check();
  }

  TEST_CASE("D06: a COMMIT that arrives after the reconnect does not load small files twice") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.proxy.at_commit(AtCommit::hold, 1, 1500ms);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 1);
    b.work.check();
  }

  TEST_CASE("D06: a COMMIT that arrives after the reconnect does not load a large file twice") {
    ProxiedPipeline b;
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::hold, 1, 1500ms);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 1);
    b.work.check();
  }

  TEST_CASE("D06: a COMMIT that arrives after the lock time-out loads nothing twice") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::hold, 2, 6s);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 2);
    b.work.check();
  }

  TEST_CASE("D04 D05 D06: a migration whose COMMIT or answer is lost is found, or repeated") {
    for (const AtCommit order : {AtCommit::cut, AtCommit::lose_answer, AtCommit::hold}) {
      ProxiedPipeline b{ProxiedPipeline::Tables::none};
      b.work.drop_small(4);
      b.proxy.at_commit(order, 1, order == AtCommit::hold ? 500ms : 0ms);
      CHECK(b.p.run_once() == Exit::ok);
      CHECK(b.proxy.fired() == 1);
      b.work.check();
    }
  }
}
