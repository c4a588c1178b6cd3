// Values of single columns, through the decoder.
#include "decode/convert.hpp"

#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

// A feed with the key "k" and the column "v", whose declaration ends with `options`.
Feed feed_with(const std::string& options) {
  return parse_feed(R"(name="f"
files="f"
records=""
table="f"
key=["k"]
columns=[{name="k",from="/k",type="integer"},{name="v",required=false,)" +
                        options + "}]",
                    "f.toml");
}

// What becomes of a value: the cell as text, or "code: reason". A good record stands in front, because a file with only
// rejects fails.
std::string read(const std::string& options, const std::string& json) {
  const auto d = decode_text(feed_with(options), R"([{"k":0},{"k":1,"v":)" + json + "}]");
  if (!d.fault.empty())
    return "fault: " + d.fault;
  if (d.rejects.empty())
    return d.rows[1].substr(2);
  const std::string reason = d.rejects[0].text();
  return std::string{d.rejects[0].kind.code} + ": " + reason.substr(0, reason.find(" (line"));
}

}  // namespace

TEST_SUITE("values: numeric") {
  const std::string k_money = R"~(from="/v",type="numeric(12,2)",min=-1000,max="9000000000.01")~";

  TEST_CASE("a number is stored exactly, or rejected") {
    CHECK(read(k_money, "12.5") == "12.50");
    CHECK(read(k_money, "1e3") == "1000.00");
    CHECK(read(k_money, "9000000000.01") == "9000000000.01");
    CHECK(read(k_money, "0.100") == "0.10");
    CHECK(read(k_money, "12.345") == "range: has too many decimals: 12.345");
    CHECK(read(k_money, "99999999999") == "range: has too many digits before the decimal point: 99999999999");
    CHECK(read(k_money, "9000000000.02") == "range: is more than max: 9000000000.02 > 9000000000.01");
    CHECK(read(k_money, "-1000.01") == "range: is less than min: -1000.01 < -1000.00");
    CHECK(read(k_money, "\"12.5\"") == "type: is not a number: \"12.5\"");
    CHECK(read(R"(from="/v",type="numeric")", "0.1000000000000000055511151231257827") ==
          "0.1000000000000000055511151231257827");
  }
  TEST_CASE("an array has exact elements") {
    CHECK(read(R"(from="/v/*",type="numeric(6,3)[]")", "[1,2.5,null,-0.001]") == "[1.000,2.500,null,-0.001]");
  }
  TEST_CASE("limits of a bigint are exact") {
    const std::string options = R"(from="/v",type="bigint",max=9007199254740992)";
    CHECK(read(options, "9007199254740992") == "9007199254740992");
    CHECK(read(options, "9007199254740993") == "range: is more than max: 9007199254740993 > 9007199254740992");
  }
}

TEST_SUITE("values: times") {
  TEST_CASE("formats are tried in order, on numbers and strings alike") {
    const std::string options = R"(from="/v",type="timestamp",format=["rfc3339","unix_ms","%d.%m.%Y %H:%M"])";
    for (const char* value : {"\"2026-01-01T08:00:00Z\"", "1767254400000", "\"1767254400000\"", "\"1.1.2026 08:00\""})
      CHECK_MESSAGE(read(options, value) == "2026-01-01T08:00:00.000000Z", value);
    CHECK(read(options, "\"yesterday\"") == "format: matches none of the column's formats: \"yesterday\"");
    CHECK(read(options, "true") == "type: is not a time: true");
    CHECK(read(R"(from="/v",type="timestamp",format="%Y%m%d")", "20260101") == "2026-01-01T00:00:00.000000Z");
    CHECK(read(R"(from="/v",type="timestamp",format="unix")", "\"2026-01-01T08:00:00Z\"") ==
          "format: is not a number: \"2026-01-01T08:00:00Z\"");
    CHECK(read(R"(from="/v",type="timestamp")", "1767254400") == "type: is not a time: 1767254400");
  }
  TEST_CASE("a time zone applies to times that name none") {
    const std::string options = R"(from="/v",type="timestamp",timezone="Europe/Berlin",format=["rfc3339","unix"])";
    CHECK(read(options, "\"2026-07-01T08:00:00\"") == "2026-07-01T06:00:00.000000Z");
    CHECK(read(options, "\"2026-07-01T08:00:00Z\"") == "2026-07-01T08:00:00.000000Z");
    CHECK(read(options, "1767254400") == "2026-01-01T08:00:00.000000Z");
    CHECK(read(options, "\"0001-01-01T00:00:00\"") ==
          "format: matches none of the column's formats: \"0001-01-01T00:00:00\"");
  }
  TEST_CASE("a date is a date, or the day of a time in UTC or in the column's zone") {
    const std::string utc = R"(from="/v",type="date")";
    CHECK(read(utc, "\"2026-01-01\"") == "2026-01-01");
    CHECK(read(utc, "\"2025-12-31T23:30:00Z\"") == "2025-12-31");
    CHECK(read(utc, "\"2026-01-01T00:30:00+01:00\"") == "2025-12-31");
    CHECK(read(utc, "\"1999-12-31T23:59:59.999999Z\"") == "1999-12-31");
    CHECK(read(utc, "\"2026-13-01\"") == "format: is not a calendar day: \"2026-13-01\"");
    CHECK(read(utc, "\"1.1.2026\"") == "format: is not an RFC 3339 date (YYYY-MM-DD): \"1.1.2026\"");
    const std::string berlin = R"(from="/v",type="date",timezone="Europe/Berlin")";
    CHECK(read(berlin, "\"2025-12-31T23:30:00Z\"") == "2026-01-01");
    CHECK(read(berlin, "\"2025-12-31T23:30:00\"") == "2025-12-31");
    CHECK(read(berlin, "\"2026-01-01\"") == "2026-01-01");
    CHECK(read(R"(from="/v",type="date",format=["rfc3339","%d.%m.%Y","unix"],timezone="Asia/Tokyo")", "1767193200") ==
          "2026-01-01");
    CHECK(read(R"(from="/v",type="date",format=["rfc3339","%d.%m.%Y"])", "\"1.1.2026\"") == "2026-01-01");
    CHECK(read(R"(from="/v",type="date",format=["%d.%m.%Y","rfc3339"])", "\"2026-01-01\"") == "2026-01-01");
  }
  TEST_CASE("times and dates have limits") {
    const std::string options =
        R"(from="/v",type="timestamp",min=2020-01-01T00:00:00+01:00,max="2026-01-01T00:00:00Z")";
    CHECK(read(options, "\"2019-12-31T23:00:00Z\"") == "2019-12-31T23:00:00.000000Z");
    CHECK(read(options, "\"2019-12-31T22:59:59Z\"") ==
          "range: is less than min: \"2019-12-31T22:59:59Z\" < 2019-12-31T23:00:00.000000Z");
    CHECK(read(options, "\"2026-01-01T00:00:00.000001Z\"") ==
          "range: is more than max: \"2026-01-01T00:00:00.000001Z\" > 2026-01-01T00:00:00.000000Z");
    CHECK(read(R"(from="/v",type="date",min=2020-01-01)", "\"2019-12-31\"") ==
          "range: is less than min: \"2019-12-31\" < 2020-01-01");
    CHECK(read(R"(from="/v/*",type="date[]",max="2020-01-01")", "[\"2020-01-01\",\"2020-01-02\"]") ==
          "range: is more than max: \"2020-01-02\" > 2020-01-01");
  }
}
