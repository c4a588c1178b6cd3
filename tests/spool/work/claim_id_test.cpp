#include "spool/work/claim_id.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

using namespace longshore;

TEST_CASE("a claim id has the time of the claim") {
  for (const char* time :
       {"2026-11-21T04:05:12.123456Z", "2000-01-01T00:00:00.000000Z", "1999-12-31T23:59:59.999999Z"}) {
    const std::int64_t micros = *parse_time(time).micros;
    CHECK(spool::claim_time(spool::new_claim_id(micros)) == micros);
  }
  for (const char* text : {"", "unrouted 5 7", "20261121T040512.123456Z", "20261141T040512.123456Z-5f3a09c1"})
    CHECK_FALSE(spool::claim_time(text));
}
