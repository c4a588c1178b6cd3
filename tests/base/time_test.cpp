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
  TEST_CASE("a refused time or date has a reason") {
    CHECK(parse_time("2022-02-30T00:00:00Z").fault == "is not a calendar day");
    CHECK(parse_time("2022-01-01T24:00:00Z").fault == "is not a time of day (00:00:00 to 23:59:59)");
    CHECK(parse_time("now").fault.starts_with("is not an RFC 3339 time"));
    CHECK(parse_date("2022-1-1").fault.starts_with("is not an RFC 3339 date"));
  }
}
