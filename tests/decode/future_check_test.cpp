// Times that are further in the future than max_future allows.
#include "decode/future_check.hpp"

#include "base/time.hpp"
#include "decode/decoding.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::int64_t k_claim = *parse_time("2026-11-21T10:00:00Z").micros;

Feed feed_with(const std::string& options) {
  return parse_feed(R"(
name = "reports"
files = ["r_*"]
records = [""]
table = "reports"
key = ["id"]
columns = [
  { name = "id", from = "/id", type = "bigint" },
  { name = "at", from = "/at", type = "timestamp", required = false)" +
                        options + R"( },
  { name = "day", from = "/day", type = "date", required = false)" +
                        options + R"( },
])",
                    "reports.toml");
}

Decoding decode_claimed(const Feed& feed, std::string_view text, std::int64_t claimed_at = k_claim) {
  return decode_text(feed, text, {}, 0, "r_1", claimed_at);
}

}  // namespace

TEST_SUITE("times in the future") {
  TEST_CASE("a time as far ahead of the claim as max_future is accepted, one microsecond more is a reject") {
    const Feed feed = feed_with(R"(, max_future = "1h")");
    const auto d = decode_claimed(feed, "[{\"id\":1,\"at\":\"2026-11-21T11:00:00Z\"},\n"
                                        " {\"id\":2,\"at\":\"2026-11-21T11:00:00.000001Z\"},{\"id\":3}]");
    CHECK(d.rows == std::vector<std::string>{"1|2026-11-21T11:00:00.000000Z|\\N", "3|\\N|\\N"});
    REQUIRE(d.rejects.size() == 1);
    CHECK(d.rejects[0].kind.code == "future");
    CHECK(d.rejects[0].field == "at");
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].text() ==
          "is further in the future than max_future: 2026-11-21T11:00:00.000001Z, the file was claimed at "
          "2026-11-21T10:00:00.000000Z (line 2, column 2)");
    CHECK(d.rejects[0].raw == "{\"id\":2,\"at\":\"2026-11-21T11:00:00.000001Z\"}");
    CHECK(d.counts.ahead == 1);
    CHECK(d.counts.records == 3);
  }

  TEST_CASE("a date is measured by its midnight in UTC") {
    const Feed feed = feed_with(R"(, max_future = "14h")");
    CHECK(decode_claimed(feed, R"([{"id":1,"day":"2026-11-22"}])").rows.size() == 1);
    CHECK(decode_claimed(feed, R"([{"id":1,"day":"2026-11-23"},{"id":2}])").counts.ahead == 1);
  }

  TEST_CASE("in a file with one record per line each such line is a reject") {
    const auto d =
        decode_claimed(feed_with(R"(, max_future = "0")"),
                       "{\"id\":1,\"at\":\"2099-01-01T00:00:00Z\"}\n{\"id\":2,\"at\":\"1970-01-01T00:00:00Z\"}\n");
    CHECK(d.rows.size() == 1);
    CHECK(one_reason(d).starts_with("at: is further in the future than max_future: 2099-01-01T00:00:00.000000Z"));
  }

  TEST_CASE("without the option, with off, and without a claim there is no limit") {
    const char* const text = R"([{"id":1,"at":"9999-12-31T23:59:59Z","day":"9999-12-31"}])";
    CHECK(decode_claimed(feed_with(""), text).rows.size() == 1);
    CHECK(decode_claimed(feed_with(R"(, max_future = "off")"), text).rows.size() == 1);
    CHECK(decode_claimed(feed_with(R"(, max_future = "1d")"), text, k_any_future).rows.size() == 1);
  }

  TEST_CASE("the newest column of a latest table has a limit of one day, and no other column") {
    CHECK(objects_detection().future_columns.empty());
    REQUIRE(vehicles_status().future_columns == std::vector<std::size_t>{1});
    const auto report = [](const char* time) {
      return decode_claimed(vehicles_status(), statuses(status("v", time, "driving"))).counts.ahead;
    };
    CHECK(report("2026-11-22T10:00:00Z") == 0);
    CHECK(report("2026-11-22T10:00:00.000001Z") == 1);
  }
}
