// Records that are behind the horizon of their feed.
#include "decode/horizon_check.hpp"

#include "base/time.hpp"
#include "decode/decoding.hpp"
#include "support/readings.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::int64_t k_horizon = *parse_time("2026-09-02T00:00:00Z").micros;

Decoding decode_behind(const Feed& feed, std::string_view text, std::int64_t horizon = k_horizon) {
  return decode_text(feed, text, {}, 0, "readings_1", k_any_future, horizon);
}

std::string at(const std::string& time) { return R"({"sensor":"a","at":")" + time + R"("})"; }

}  // namespace

TEST_SUITE("records behind the horizon") {
  TEST_CASE("a record at the horizon is a row, one a microsecond older is a reject") {
    const auto d =
        decode_behind(readings(), "[" + at("2026-09-02T00:00:00Z") + ",\n" + at("2026-09-01T23:59:59.999999Z") + "]");
    CHECK(d.rows == std::vector<std::string>{"a|2026-09-02T00:00:00.000000Z|\\N"});
    REQUIRE(d.rejects.size() == 1);
    CHECK(d.rejects[0].kind.code == "expired");
    CHECK(d.rejects[0].field == "at");
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].text() ==
          "is before the horizon of the feed: 2026-09-01T23:59:59.999999Z, the horizon is 2026-09-02T00:00:00.000000Z "
          "(line 2, column 1)");
    CHECK(d.counts.expired == 1);
    CHECK(d.counts.records == 2);
    CHECK(d.fault.empty());
  }

  TEST_CASE("the instant counts, not the text or its zone") {
    CHECK(decode_behind(readings(), "[" + at("2026-09-02T01:59:59+02:00") + "]").counts.expired == 1);
    CHECK(decode_behind(readings(), "[" + at("2026-09-01T22:00:00-02:00") + "]").rows.size() == 1);
  }

  TEST_CASE("lines and CSV fields are measured in the same way") {
    CHECK(
        decode_behind(readings(), at("2026-09-01T00:00:00Z") + "\n" + at("2026-09-03T00:00:00Z") + "\n").rows.size() ==
        1);
    Feed csv = readings();
    csv.csv.emplace();
    csv.records.clear();
    const auto d = decode_behind(csv, "sensor,at,value\na,2026-09-01T00:00:00Z,1\na,2026-09-03T00:00:00Z,1\n");
    CHECK(d.rows.size() == 1);
    CHECK(d.counts.expired == 1);
  }

  TEST_CASE("a file of which every record is too old does not fail: nothing is wrong with it") {
    const auto d = decode_behind(readings(), "[" + at("2026-09-01T00:00:00Z") + "," + at("2026-08-01T00:00:00Z") + "]");
    CHECK(d.fault.empty());
    CHECK(d.counts.rejects == 2);
    CHECK(d.counts.is_whole);
    CHECK(decode_behind(readings(), "[" + at("2026-09-01T00:00:00Z") + "," + at("yesterday") + "]").fault.empty());
    CHECK(decode_behind(readings(), "[" + at("yesterday") + "]").fault.starts_with("every record was rejected"));
  }

  TEST_CASE("records that are too old do not count for max_rejects") {
    const Feed strict = readings("keep = \"90d\"\nby = \"at\"\nmax_rejects = 0\n");
    CHECK(
        decode_behind(strict, "[" + at("2026-09-01T00:00:00Z") + "," + at("2026-09-03T00:00:00Z") + "]").fault.empty());
    CHECK(decode_behind(strict, "[" + at("2026-09-01T00:00:00Z") + "," + at("yesterday") + "]")
              .fault.starts_with("more records were rejected than max_rejects allows (0), the first: at is before"));
  }

  TEST_CASE("a record that is wrong in another way is that reject, however old it is") {
    const auto d = decode_behind(readings(), R"([{"sensor":"a","at":"2020-01-01T00:00:00Z","value":"x"},)" +
                                                 at("2026-09-03T00:00:00Z") + "]");
    CHECK(d.counts.expired == 0);
    CHECK(one_reason(d).starts_with("value: is not an integer"));
  }

  TEST_CASE("without keep, and before the first horizon, no record is too old") {
    CHECK(decode_behind(readings(""), "[" + at("0001-01-01T00:00:00Z") + "]").rows.size() == 1);
    CHECK(decode_behind(readings(), "[" + at("0001-01-01T00:00:00Z") + "]", k_no_horizon).rows.size() == 1);
  }
}
