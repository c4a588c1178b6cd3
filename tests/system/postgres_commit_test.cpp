// The connection breaks round a COMMIT: whether the server has heard of it nobody can know, and nothing may be doubled.
#include "support/proxied_pipeline.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace longshore;
using namespace longshore::test;
using AtCommit = PostgresProxy::AtCommit;
using namespace std::chrono_literals;

TEST_SUITE("system") {
  TEST_CASE("D04: a COMMIT that never arrives is sent again with all that belongs to it") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::cut, 3);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 3);
    b.work.check();
  }

  TEST_CASE("D05: a COMMIT whose answer is lost is found to have been done") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::lose_answer, 2);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 2);
    b.work.check();
  }

  TEST_CASE("D06: a COMMIT that arrives after the daemon has come back does not double small files") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.proxy.at_commit(AtCommit::hold, 1, 1500ms);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 1);
    b.work.check();
  }

  TEST_CASE("D06: a COMMIT that arrives after the daemon has come back does not double a large file") {
    ProxiedPipeline b;
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::hold, 1, 1500ms);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 1);
    b.work.check();
  }

  TEST_CASE("D06: a COMMIT that is late for longer than a lock is waited for doubles nothing") {
    ProxiedPipeline b;
    b.work.drop_small(20);
    b.work.drop_large(2000);
    b.proxy.at_commit(AtCommit::hold, 2, 6s);
    CHECK(b.p.run_once() == Exit::ok);
    CHECK(b.proxy.fired() == 2);
    b.work.check();
  }

  TEST_CASE("D04 D05 D06: a migration whose COMMIT is lost either way is found, or made again") {
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
