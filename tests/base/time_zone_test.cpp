#include "base/time_zone.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace longshore;

namespace {

std::string utc_of(const char* zone, const char* local) {
  return format_time(TimeZone::load(zone).value().to_utc(*parse_time(local).micros));
}

}  // namespace

TEST_SUITE("time zone") {
  TEST_CASE("a clock time of a zone is an instant, in winter, in summer, and beyond the end of the database") {
    CHECK(utc_of("Europe/Berlin", "2026-01-15T12:00:00.000001") == "2026-01-15T11:00:00.000001Z");
    CHECK(utc_of("Europe/Berlin", "2026-07-15T12:00:00") == "2026-07-15T10:00:00.000000Z");
    CHECK(utc_of("Europe/Berlin", "2199-07-15T12:00:00") == "2199-07-15T10:00:00.000000Z");
    CHECK(utc_of("America/New_York", "1969-12-31T23:59:59.999999") == "1970-01-01T04:59:59.999999Z");
    CHECK(utc_of("Asia/Kolkata", "2026-01-01T00:00:00") == "2025-12-31T18:30:00.000000Z");
    CHECK(utc_of("UTC", "0001-01-01T00:00:00") == "0001-01-01T00:00:00.000000Z");
  }
  TEST_CASE("an hour that occurs twice is the earlier one, a skipped hour has the offset from before") {
    CHECK(utc_of("Europe/Berlin", "2026-10-25T02:30:00") == "2026-10-25T00:30:00.000000Z");
    CHECK(utc_of("Europe/Berlin", "2026-10-25T03:00:00") == "2026-10-25T02:00:00.000000Z");
    CHECK(utc_of("Europe/Berlin", "2026-03-29T02:30:00") == "2026-03-29T01:30:00.000000Z");
    CHECK(utc_of("Europe/Berlin", "2026-03-29T03:30:00") == "2026-03-29T01:30:00.000000Z");
  }
  TEST_CASE("an instant is a clock time of the zone") {
    const TimeZone berlin = TimeZone::load("Europe/Berlin").value();
    CHECK(format_time(berlin.to_local(*parse_time("2025-12-31T23:30:00.5Z").micros)) == "2026-01-01T00:30:00.500000Z");
    CHECK(format_time(berlin.to_local(*parse_time("1999-12-31T22:59:59.999999Z").micros)) ==
          "1999-12-31T23:59:59.999999Z");
  }
  TEST_CASE("a name outside the database is unknown") {
    for (const char* name : {"", "Europe/Bielefeld", "/etc/localtime", "../../../etc/localtime", "Europe/Berlin ",
                             "CEST?", "localtime", "posixrules", "Factory"})
      CHECK_MESSAGE(!TimeZone::load(name), name);
  }
}
