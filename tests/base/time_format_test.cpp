#include "base/time_format.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

namespace {

// The time and the nanoseconds beyond its microsecond, or the fault.
std::string read(const char* format, const char* text) {
  std::string fault;
  const auto parsed = TimeFormat::parse(format, fault);
  REQUIRE_MESSAGE(parsed, format << " " << fault);
  const ParsedTime time = parsed->read(text);
  if (!time.micros)
    return std::string{time.fault};
  return format_time(*time.micros) + (time.nanos ? "+" + std::to_string(time.nanos) : "");
}

std::string fault_of(const char* format) {
  std::string fault;
  return TimeFormat::parse(format, fault) ? "" : fault;
}

}  // namespace

TEST_SUITE("time format") {
  TEST_CASE("a count since 1970 is read exactly") {
    CHECK(read("unix", "1767254400") == "2026-01-01T08:00:00.000000Z");
    CHECK(read("unix", "1767254400.25") == "2026-01-01T08:00:00.250000Z");
    CHECK(read("unix", "1.7672544e9") == "2026-01-01T08:00:00.000000Z");
    CHECK(read("unix", "0") == "1970-01-01T00:00:00.000000Z");
    CHECK(read("unix", "-0.000000001") == "1969-12-31T23:59:59.999999Z+999");
    CHECK(read("unix", "-1.5") == "1969-12-31T23:59:58.500000Z");
    CHECK(read("unix_ms", "1767254400123") == "2026-01-01T08:00:00.123000Z");
    CHECK(read("unix_ms", "1767254400123.5") == "2026-01-01T08:00:00.123500Z");
    CHECK(read("unix_ms", "7") == "1970-01-01T00:00:00.007000Z");
    CHECK(read("unix_us", "1767254400123456") == "2026-01-01T08:00:00.123456Z");
    CHECK(read("unix_ns", "1767254400123456789") == "2026-01-01T08:00:00.123456Z+789");
    CHECK(read("unix_ns", "253402300799999999999") == "9999-12-31T23:59:59.999999Z+999");
    CHECK(read("unix", "-62135596800") == "0001-01-01T00:00:00.000000Z");
  }
  TEST_CASE("a count that is no time is refused") {
    CHECK(read("unix", "253402300800") == "is outside the years 1 to 9999 in UTC");
    CHECK(read("unix", "1767254400000000") == "is outside the years 1 to 9999 in UTC");
    CHECK(read("unix", "1e999999999") == "is outside the years 1 to 9999 in UTC");
    CHECK(read("unix", "0.0000000001") == "is finer than a nanosecond");
    CHECK(read("unix_ns", "0.5") == "is finer than a nanosecond");
    CHECK(read("unix", "now") == "is not a number");
    CHECK(read("unix", "") == "is not a number");
    CHECK(read("unix", " 1") == "is not a number");
  }
  TEST_CASE("a pattern reads the whole text") {
    CHECK(read("%d.%m.%Y %H:%M:%S", "31.01.2026 08:05:09") == "2026-01-31T08:05:09.000000Z");
    CHECK(read("%d.%m.%Y %H:%M:%S", "1.1.2026   8:05:09") == "2026-01-01T08:05:09.000000Z");
    CHECK(read("%Y%m%dT%H%M%SZ", "20260101T080000Z") == "2026-01-01T08:00:00.000000Z");
    CHECK(read("%Y/%m/%d %T", "2026/01/01 08:00:00") == "2026-01-01T08:00:00.000000Z");
    CHECK(read("%F %R", "2026-01-01 08:00") == "2026-01-01T08:00:00.000000Z");
    CHECK(read("%m/%d/%Y %I:%M:%S %p", "02/28/2026 12:00:01 AM") == "2026-02-28T00:00:01.000000Z");
    CHECK(read("%D %I%p", "02/28/26 1pm") == "2026-02-28T13:00:00.000000Z");
    CHECK(read("%y-%j", "69-365") == "1969-12-31T00:00:00.000000Z");
    CHECK(read("%a, %d %b %Y %T %z", "Thu, 01 Jan 2026 08:00:00 +0100") == "2026-01-01T07:00:00.000000Z");
    CHECK(read("%A %B %e %H:%M:%S %Y", "thursday JANUARY  1 08:00:00 2026") == "2026-01-01T08:00:00.000000Z");
    CHECK(read("%d/%b/%Y:%T %z", "01/may/2026:08:00:00 -00:30") == "2026-05-01T08:30:00.000000Z");
    CHECK(read("%F %T.%f", "2026-01-01 08:00:00.5") == "2026-01-01T08:00:00.500000Z");
    CHECK(read("%F %T,%f", "2026-01-01 08:00:00,000000001") == "2026-01-01T08:00:00.000000Z+1");
    CHECK(read("%s.%f", "1767254400.25") == "2026-01-01T08:00:00.250000Z");
    CHECK(read("%F 100%%", "2026-01-01 100%") == "2026-01-01T00:00:00.000000Z");
  }
  TEST_CASE("a text that a pattern does not match is refused") {
    CHECK(read("%F", "2026-01-01 ") == k_no_match);
    CHECK(read("%F", " 2026-01-01") == k_no_match);
    CHECK(read("%F", "26-01-01") == k_no_match);
    CHECK(read("%F %T", "2026-01-01T08:00:00") == k_no_match);
    CHECK(read("%F %T", "2026-01-01 08:00:") == k_no_match);
    CHECK(read("%F %T.%f", "2026-01-01 08:00:00.") == k_no_match);
    CHECK(read("%F %z", "2026-01-01 CET") == k_no_match);
    CHECK(read("%d %b %Y", "1 Foo 2026") == k_no_match);
    CHECK(read("%F %I%p", "2026-01-01 13PM") == k_no_match);
    CHECK(read("%F", "") == k_no_match);
    CHECK(read("%s.%f", "-1.25") == k_no_match);
    CHECK(read("%s.%f", "-0.5") == k_no_match);
    CHECK(read("%F", "2026-02-30") == "is not a calendar day");
    CHECK(read("%Y-%j", "2026-366") == "is not a calendar day");
    CHECK(read("%Y-%j", "2024-366") == "2024-12-31T00:00:00.000000Z");
    CHECK(read("%F %T", "2026-01-01 24:00:00") == "is not a time of day (00:00:00 to 23:59:59)");
    CHECK(read("%F %T", "2016-12-31 23:59:60") == "is a leap second (60), which a database cannot store");
    CHECK(read("%F %T%z", "2026-01-01 08:00:00+24:00") == "has an offset beyond ±23:59");
  }
  TEST_CASE("a format that cannot work is refused when it is declared") {
    CHECK(fault_of("epoch_ms") == "is unknown");
    CHECK(fault_of("") == "is unknown");
    CHECK(fault_of("%Y-%m-%d %Q") == "has an unknown conversion: %Q");
    CHECK(fault_of("%Y-%m-%d %Z") == "has an unknown conversion: %Z");
    CHECK(fault_of("%H:%M") == "does not give a day");
    CHECK(fault_of("%Y-%m") == "does not give a day");
    CHECK(fault_of("%F %Y") == "reads the same part of the time twice: %Y");
    CHECK(fault_of("%F %I:%M") == "needs both %I and %p, or %H");
    CHECK(fault_of("%F %H:%M %p") == "needs both %I and %p, or %H");
    CHECK(fault_of("%s %H") == "has %s and other parts of a time");
    CHECK(fault_of("%Y-%m-%d %j") == "has %j and a month or a day");
    CHECK(fault_of("%F %M") == "has minutes without an hour");
    CHECK(fault_of("%F %H:%S") == "has seconds without minutes");
    CHECK(fault_of("%F %H:%M.%f") == "has %f without seconds");
    CHECK(fault_of("%F %") == "ends in a single %");
  }
}
