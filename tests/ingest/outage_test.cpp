#include "ingest/outage.hpp"

#include <doctest/doctest.h>

using longshore::ingest::Outage;

TEST_SUITE("outage") {
  TEST_CASE("an outage lasts from the first job that fails with it until a job succeeds, and keeps the latest reason") {
    Outage outage;
    CHECK(!outage.is_on());
    outage.met("first", 1);
    outage.met("second", 2);
    CHECK(outage.is_on());
    CHECK(outage.reason() == "second");
    outage.over();
    CHECK(!outage.is_on());
    CHECK(outage.lasts() <= std::chrono::milliseconds{1});
  }
  TEST_CASE("one new job may probe after each retry that fails with the outage, none after the first failure") {
    Outage outage;
    outage.met("down", 1);
    CHECK(!outage.may_probe());
    outage.met("down", 2);
    CHECK(outage.may_probe());
    CHECK(!outage.may_probe());
  }
}
