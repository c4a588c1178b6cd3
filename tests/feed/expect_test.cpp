#include "feed/expect.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

namespace {

// When a feed with this declaration is late, if its last file was loaded at `last`.
std::string due(const char* expect, const char* last) {
  const auto parsed = parse_expect(expect);
  REQUIRE_MESSAGE(parsed, expect);
  CHECK(parsed->text == expect);
  return format_time(parsed->due_after(*parse_time(last).micros)).substr(0, 19);
}

}  // namespace

TEST_CASE("a feed with an interval is due that long after its last file") {
  CHECK(due("15m", "2026-03-01T23:50:00Z") == "2026-03-02T00:05:00");
  CHECK(due("1s", "2026-03-01T23:50:00Z") == "2026-03-01T23:50:01");
  CHECK(due("366d", "2026-03-01T00:00:00Z") == "2027-03-02T00:00:00");
}

TEST_CASE("a daily feed is due on the day after that of its last file, whether that came early or late") {
  CHECK(due("daily 06:00", "2026-03-01T00:00:00Z") == "2026-03-02T06:00:00");
  CHECK(due("daily 06:00", "2026-03-01T05:59:59Z") == "2026-03-02T06:00:00");
  CHECK(due("daily 06:00", "2026-03-01T23:59:59Z") == "2026-03-02T06:00:00");
  CHECK(due("daily 00:00", "2026-03-01T23:59:59Z") == "2026-03-02T00:00:00");
  CHECK(due("daily 23:59", "1999-12-31T12:00:00Z") == "2000-01-01T23:59:00");
}

TEST_CASE("a daily feed with a time zone follows the clock there, also when clocks change") {
  CHECK(due("daily 06:00 Europe/Berlin", "2026-01-10T22:59:59Z") == "2026-01-11T05:00:00");
  CHECK(due("daily 06:00 Europe/Berlin", "2026-01-10T23:00:00Z") == "2026-01-12T05:00:00");
  CHECK(due("daily 06:00 Europe/Berlin", "2026-07-10T12:00:00Z") == "2026-07-11T04:00:00");
  CHECK(due("daily 06:00 Europe/Berlin", "2026-03-28T12:00:00Z") == "2026-03-29T04:00:00");
  CHECK(due("daily 02:30 Europe/Berlin", "2026-03-28T12:00:00Z") == "2026-03-29T01:30:00");  // skipped that night
  CHECK(due("daily 06:00 Asia/Tokyo", "2026-01-10T14:59:59Z") == "2026-01-10T21:00:00");
}

TEST_CASE("any other text, an interval out of range and an unknown time zone are refused") {
  for (const char* text : {"",
                           "15",
                           "0",
                           "-1m",
                           "999ms",
                           "367d",
                           "hourly",
                           "daily",
                           "daily ",
                           "daily 6:00",
                           "daily 06",
                           "daily 24:00",
                           "daily 06:60",
                           "daily 0600",
                           "daily  06:00",
                           " daily 06:00",
                           "daily 06:00 ",
                           "daily 06:00  UTC",
                           "daily 06:00Europe/Berlin",
                           "daily 06:00 Europe/Atlantis",
                           "daily a6:00"})
    CHECK_MESSAGE(!parse_expect(text), text);
}
