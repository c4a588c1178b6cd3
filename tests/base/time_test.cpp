#include "base/time.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

TEST_SUITE("time") {
  TEST_CASE("times and dates count from the year 2000") {
    CHECK(*parse_time("2000-01-01T00:00:00Z").micros == 0);
    CHECK(*parse_time("1999-12-31T23:59:59.999999Z").micros == -1);
    CHECK(*parse_date("2000-01-02").days == 1);
    CHECK(micros_of(946'684'800, 1000) == 1);
  }
  TEST_CASE("formatting restores the parsed time, over the whole range") {
    for (const char* text :
         {"0001-01-01T00:00:00.000000Z", "1582-10-15T12:34:56.789012Z", "1969-12-31T23:59:59.999999Z",
          "1999-12-31T23:59:59.999999Z", "2000-02-29T00:00:00.000001Z", "2100-02-28T23:59:59.000000Z",
          "9999-12-31T23:59:59.999999Z"})
      CHECK(format_time(*parse_time(text).micros) == text);
  }
  TEST_CASE("lower-case t and z are accepted") {
    CHECK(parse_time("2022-06-05t21:02:34z").micros == parse_time("2022-06-05T21:02:34Z").micros);
  }
  TEST_CASE("the usual variants of RFC 3339 are accepted") {
    for (const char* text :
         {"2022-06-05 21:02:34Z", "2022-06-05T21:02:34", "2022-06-05T23:02:34+0200", "2022-06-05T23:02:34+02",
          "2022-06-05T20:32:34-00:30", "2022-06-05T21:02:34.000Z", "2022-06-05T21:02:34,0Z"})
      CHECK_MESSAGE(parse_time(text).micros == parse_time("2022-06-05T21:02:34Z").micros, text);
    CHECK(format_time(*parse_time("2022-06-05T21:02Z").micros) == "2022-06-05T21:02:00.000000Z");
    CHECK(format_time(*parse_time("2022-06-05 23:02+02").micros) == "2022-06-05T21:02:00.000000Z");
    CHECK(format_time(*parse_time("2022-06-05T21:02:34,123Z").micros) == "2022-06-05T21:02:34.123000Z");
  }
  TEST_CASE("a time says whether it names its zone, and what it has beyond the microsecond") {
    CHECK(parse_time("2022-06-05T21:02:34Z").has_zone);
    CHECK(parse_time("2022-06-05T21:02:34+00").has_zone);
    CHECK(!parse_time("2022-06-05T21:02:34").has_zone);
    CHECK(parse_time("2022-06-05T21:02:34.1234567Z").nanos == 700);
    CHECK(parse_time("2022-06-05T21:02:34.123456000Z").nanos == 0);
  }
  TEST_CASE("a refused time or date has a reason") {
    CHECK(parse_time("2016-12-31T23:59:60Z").fault == "is a leap second (60), which a database cannot store");
    CHECK(parse_time("2022-01-01T00:00:00+24:00").fault == "has an offset beyond ±23:59");
    CHECK(parse_time("2022-01-01T00:00:00+01:60").fault == "has an offset beyond ±23:59");
    for (const char* bad :
         {"2022-01-01T00:00:00+1", "2022-01-01T00:00:00+010", "2022-01-01T00:00:00+01:", "2022-01-01T00:00.5Z",
          "2022-01-01  00:00:00", "2022-01-01T00:00:0", "2022-01-01T00", "20220101T000000Z", "2022/01/01 00:00:00"})
      CHECK_MESSAGE(parse_time(bad).fault.starts_with("is not an RFC 3339 time"), bad);
    CHECK(parse_time("2022-02-30T00:00:00Z").fault == "is not a calendar day");
    CHECK(parse_time("2022-01-01T24:00:00Z").fault == "is not a time of day (00:00:00 to 23:59:59)");
    CHECK(parse_time("now").fault.starts_with("is not an RFC 3339 time"));
    CHECK(parse_date("2022-1-1").fault.starts_with("is not an RFC 3339 date"));
  }
}
