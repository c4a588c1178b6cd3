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
  TEST_CASE("the number in a jsonb value is checked, with any exponent") {
    for (const char* number : {"1e-9223372036854775808", "1e-9223372036854775807", "0.1e-16383"})
      CHECK_MESSAGE(read(R"(from="/v",type="jsonb")", number).starts_with("range: contains a number that does not fit"),
                    number);
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
    CHECK(read(options, "\"2016-12-31T23:59:60Z\"") ==
          "format: is a leap second (60), which a database cannot store: \"2016-12-31T23:59:60Z\"");
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
          "format: is outside the years 1 to 9999 in UTC: \"0001-01-01T00:00:00\"");
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
    CHECK(read(R"(from="/v",type="date",format=["%Y-%d-%m","rfc3339"])", "\"2026-01-02\"") == "2026-02-01");
    CHECK(read(R"(from="/v",type="date",format=["%Y-%d-%m","rfc3339"])", "\"2026-01-31\"") == "2026-01-31");
    CHECK(read(R"(from="/v",type="date",timezone="Asia/Tokyo")", "\"9999-12-31T23:00:00Z\"") ==
          "format: is outside the years 1 to 9999 in UTC: \"9999-12-31T23:00:00Z\"");
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

TEST_SUITE("values: coerce") {
  std::string coerced_to(const std::string& type) { return R"~(from="/v",coerce=true,type=")~" + type + "\""; }

  TEST_CASE("a value of another JSON type is read if nothing is lost") {
    for (const char* three : {"3", "3.0", "30e-1", "\"3\"", "\"3.000\"", "\"+3\"", "\"03\""})
      for (const char* type : {"integer", "bigint"})
        CHECK_MESSAGE(read(coerced_to(type), three) == "3", three);
    CHECK(read(coerced_to("bigint"), "9007199254740993.0") == "9007199254740993");
    CHECK(read(coerced_to("double"), "\"12.5\"") == "12.5");
    CHECK(read(coerced_to("double"), "\"+.5\"") == "0.5");
    CHECK(read(coerced_to("numeric(12,2)"), "\"12.5\"") == "12.50");
    for (const char* yes : {"true", "1", "1.0", "\"true\"", "\"True\"", "\"TRUE\"", "\"t\"", "\"1\""})
      CHECK_MESSAGE(read(coerced_to("boolean"), yes) == "true", yes);
    for (const char* no : {"false", "0", "-0", "\"false\"", "\"f\"", "\"0\""})
      CHECK_MESSAGE(read(coerced_to("boolean"), no) == "false", no);
    CHECK(read(coerced_to("text"), "18446744073709551615") == "18446744073709551615");
    CHECK(read(coerced_to("text"), "1.50") == "1.50");
    CHECK(read(coerced_to("text"), "true") == "true");
    CHECK(read(coerced_to("timestamp"), "\"2026-01-01T08:00:00Z\"") == "2026-01-01T08:00:00.000000Z");
    CHECK(read(R"(from="/v/*",coerce=true,type="integer[]")", R"([1.0,"2",null])") == "[1,2,null]");
  }
  TEST_CASE("a value that would lose something is rejected") {
    CHECK(read(coerced_to("integer"), "3.5") == "type: is not an integer: 3.5");
    CHECK(read(coerced_to("integer"), "\"3 \"") == "type: is not an integer: \"3 \"");
    CHECK(read(coerced_to("integer"), "\"\"") == "type: is not an integer: \"\"");
    CHECK(read(coerced_to("integer"), "true") == "type: is not an integer: true");
    CHECK(read(coerced_to("integer"), "2147483648.0") == "range: does not fit into integer: 2147483648");
    CHECK(read(coerced_to("bigint"), "\"9223372036854775808\"") ==
          "range: does not fit into bigint: 9223372036854775808");
    CHECK(read(coerced_to("double"), "\"inf\"") == "type: is not a number: \"inf\"");
    CHECK(read(coerced_to("double"), "\"nan\"") == "type: is not a number: \"nan\"");
    CHECK(read(coerced_to("double"), "\"0x10\"") == "type: is not a number: \"0x10\"");
    CHECK(read(coerced_to("numeric(4,1)"), "\"12.55\"") == "range: has too many decimals: 12.55");
    CHECK(read(coerced_to("boolean"), "2") == "type: is not a boolean: 2");
    CHECK(read(coerced_to("boolean"), "\"yes\"") == "type: is not a boolean: \"yes\"");
    CHECK(read(coerced_to("timestamp"), "1767254400") == "type: is not a time: 1767254400");
  }
  TEST_CASE("NaN and Infinity are values of no column, whatever its options are") {
    CHECK(read(coerced_to("text"), "NaN") == "type: is not a string: NaN");
    CHECK(read(coerced_to("double"), "-Infinity") == "type: is not a number: -Infinity");
    CHECK(read(coerced_to("integer"), "NaN") == "type: is not an integer: NaN");
    CHECK(read(coerced_to("boolean"), "NaN") == "type: is not a boolean: NaN");
    CHECK(read(R"(from="/v",type="text",match='.*')", "NaN") == "type: is not a string: NaN");
    CHECK(read(R"(from="/v",type="text",values={ NaN="none" })", "NaN") == "type: is not a string: NaN");
    CHECK(read(R"(from="/v",type="timestamp",format="unix")", "NaN") == "type: is not a time: NaN");
  }
}

TEST_SUITE("values: empty, default and constants") {
  TEST_CASE("an empty text is null if the column says so") {
    CHECK(read(R"(from="/v",type="text",empty="null")", "\"\"") == "\\N");
    CHECK(read(R"(from="/v",type="double",empty="null")", "\"\"") == "\\N");
    CHECK(read(R"(from="/v",type="jsonb",empty="null")", "\"\"") == "\\N");
    CHECK(read(R"(from="/v/*",type="text[]",empty="null")", R"(["a",""])") == R"(["a",null])");
    CHECK(read(R"(from="/v",type="text")", "\"\"") == "value: is empty");
  }
  TEST_CASE("a missing or null value is the default, which does not enter record_hash") {
    const auto feed = [](const std::string& options) {
      return parse_feed(R"~(name="f"
files="f"
records=""
table="f"
key=["k"]
columns=[{name="k",from="/k",type="integer"},{name="v",from="/v",)~" +
                            options + "}]",
                        "f.toml");
    };
    const std::string records = R"([{"k":1},{"k":1,"v":null},{"k":1,"v":"unknown"},{"k":1,"v":""}])";
    const auto filled = decode_text(feed(R"(type="text",default="unknown",empty="null")"), records);
    CHECK(filled.rejects.empty());
    CHECK(filled.rows == std::vector<std::string>(4, "1|unknown"));
    const auto nulls = decode_text(feed(R"(type="text",required=false,empty="null")"), records);
    CHECK(nulls.rows == std::vector<std::string>{"1|\\N", "1|\\N", "1|unknown", "1|\\N"});
    CHECK(filled.hashes == nulls.hashes);
    CHECK(filled.hashes[0] != filled.hashes[2]);
  }
  TEST_CASE("defaults of each type") {
    CHECK(read(R"(from="/v",type="bigint",default=-5)", "null") == "-5");
    CHECK(read(R"~(from="/v",type="numeric(6,2)",default=0.1)~", "null") == "0.10");
    CHECK(read(R"(from="/v",type="double",default=1)", "null") == "1");
    CHECK(read(R"(from="/v",type="boolean",default=false)", "null") == "false");
    CHECK(read(R"(from="/v",type="date",default=2026-01-01)", "null") == "2026-01-01");
    CHECK(read(R"(from="/v",type="timestamp",timezone="Europe/Berlin",default=2026-01-01T00:00:00)", "null") ==
          "2025-12-31T23:00:00.000000Z");
    CHECK(read(R"(from="/v",type="text",default="x")", "7") == "type: is not a string: 7");
  }
  TEST_CASE("a constant is in every row and does not enter record_hash") {
    const char* const text = R"(name="f"
files="f"
records=""
table="f"
key=["k","site"]
columns=[{name="k",from="/k",type="integer"},{name="site",value="north",type="text"}])";
    const auto d = decode_text(parse_feed(text, "f.toml"), R"([{"k":1},{"k":"x"},{"k":2,"site":"south"}])");
    CHECK(d.rows == std::vector<std::string>{"1|north", "2|north"});
    CHECK(d.rejects.size() == 1);
    const auto without = decode_text(feed_with(R"(from="/v",type="text")"), R"([{"k":1},{"k":2}])");
    CHECK(d.hashes == without.hashes);
  }
}

TEST_SUITE("values: values and match") {
  TEST_CASE("a list is what the column accepts") {
    const std::string options = R"(from="/v",type="text",values=["view","click"])";
    CHECK(read(options, "\"click\"") == "click");
    CHECK(read(options, "\"View\"") == "value: is none of the column's values: \"View\"");
    CHECK(read(R"(from="/v",type="integer",coerce=true,values=[1,2])", "\"2.0\"") == "2");
    CHECK(read(R"(from="/v",type="integer",values=[1,2])", "3") == "value: is none of the column's values: 3");
    CHECK(read(R"(from="/v/*",type="text[]",values=["a"])", R"(["a","b"])") ==
          "value: is none of the column's values: \"b\"");
  }
  TEST_CASE("a table renames, and nothing else is accepted") {
    const std::string options = R"(from="/v",type="text",values={ v="view", "1"="one", true="yes" })";
    CHECK(read(options, "\"v\"") == "view");
    CHECK(read(options, "1") == "one");
    CHECK(read(options, "true") == "yes");
    CHECK(read(options, "\"view\"") == "value: is none of the column's values: \"view\"");
    CHECK(read(R"(from="/v",type="integer",values={ low=1, high=2 })", "\"high\"") == "2");
  }
  TEST_CASE("match takes the first group, or the whole match, and coerces it") {
    const std::string point = R"(from="/v",type="double",match='^POINT \((-?[\d.]+) (-?[\d.]+)\)$')";
    CHECK(read(point, "\"POINT (-73.9 40.7)\"") == "-73.9");
    CHECK(read(point, "\"LINE (-73.9 40.7)\"") == "format: does not match the column's pattern: \"LINE (-73.9 40.7)\"");
    CHECK(read(point, "\"POINT (1.2.3 4)\"") == "type: is not a number: \"1.2.3\"");
    CHECK(read(R"(from="/v",type="integer",match='\d+')", "\"gate 17, north\"") == "17");
    CHECK(read(R"(from="/v",type="text",match='^\w+$')", "1234") == "1234");
    CHECK(read(R"(from="/v",type="timestamp",match='on (.*)',format="%d.%m.%Y")", "\"on 1.2.2026\"") ==
          "2026-02-01T00:00:00.000000Z");
    CHECK(read(R"(from="/v",type="text",match='^(\w)-',values={ a="one" })", "\"a-7\"") == "one");
    CHECK(read(R"(from="/v/*",type="integer[]",match='\d+')", R"(["a1","b2"])") == "[1,2]");
  }
  TEST_CASE("a group that takes no part in the match is null, an empty one is an empty text") {
    CHECK(read(R"(from="/v",type="text",match='^a(b)?$')", "\"a\"") == "\\N");
    CHECK(read(R"(from="/v",type="text",match='^a(b*)$')", "\"a\"") == "value: is empty");
    CHECK(read(R"(from="/v",type="text",match='^a(b)?$',default="none")", "\"a\"") == "none");
  }
  TEST_CASE("a pattern that takes other libraries for ever is fast") {
    const std::string text = "\"" + std::string(100'000, 'a') + "!\"";
    CHECK(read(R"(from="/v",type="text",match='^(a+)+$')", text).starts_with("format: does not match"));
  }
}

TEST_SUITE("values: read_value") {
  // As a CSV reader calls it: every field is a string, every column is coerced.
  std::string field(const std::string& options, std::string_view text) {
    Feed feed = feed_with(options);
    Column& column = feed.columns[1];
    column.coerce = true;
    complete(feed);
    Bytes out, beyond;
    Reason reason;
    switch (decode::read_value(column, {decode::Scalar::Kind::string, text}, out, beyond, reason)) {
    case decode::Outcome::null:
      return decode::missing_cell(column).null ? "\\N" : "default";
    case decode::Outcome::refused:
      return reason.full();
    case decode::Outcome::cell:
      break;
    }
    std::string cell;
    append_cell_text(cell, column.type, out.view());
    return cell;
  }

  TEST_CASE("a text becomes a cell of any type") {
    CHECK(field(R"(from="/v",type="integer")", "12") == "12");
    CHECK(field(R"(from="/v",type="boolean")", "f") == "false");
    CHECK(field(R"(from="/v",type="date")", "2026-01-01") == "2026-01-01");
    CHECK(field(R"(from="/v",type="timestamp",format="unix_ms")", "1767254400000") == "2026-01-01T08:00:00.000000Z");
    CHECK(field(R"(from="/v",type="text")", "a,b") == "a,b");
    CHECK(field(R"(from="/v",type="jsonb")", "say \"a\"") == R"("say \"a\"")");
    CHECK(field(R"(from="/v",type="text",empty="null")", "") == "\\N");
    CHECK(field(R"(from="/v",type="text",empty="null",default="x")", "") == "default");
    CHECK(field(R"(from="/v",type="integer")", "12a") == "is not an integer: \"12a\"");
  }
}
