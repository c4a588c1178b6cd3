// Times as the stores keep them: whole microseconds since 2000-01-01T00:00:00Z (PostgreSQL's epoch), UTC, no leap
// seconds, years 1 to 9999. Dates are days since 2000-01-01. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

inline constexpr std::int64_t k_micros_a_day = 86'400'000'000;

struct ParsedTime {
  std::optional<std::int64_t> micros;
  std::string_view fault = {};  // why there is no value: one of a few fixed texts
  std::uint16_t nanos = 0;      // beyond the microsecond, 0 to 999
  bool has_zone = false;        // false: micros is the time of a clock whose zone the text does not name
};
struct ParsedDate {
  std::optional<std::int32_t> days;
  std::string_view fault;
};

// Parses an RFC 3339 date-time, and its usual variants: 'T' or one blank; seconds up to 59, which may be missing; up to 9
// digits after a point or a comma; 'Z', ±hh, ±hhmm or ±hh:mm. A time without a zone is UTC. Times are never parsed by
// PostgreSQL, because it also accepts `now`, `infinity` and `24:00`.
ParsedTime parse_time(std::string_view text);
// Parses an RFC 3339 full-date.
ParsedDate parse_date(std::string_view text);

// "2022-06-05T21:02:34.546000Z": text order is time order.
std::string format_time(std::int64_t micros);
std::string format_date(std::int32_t days);
// These append the same text to `out`.
void append_time(std::string& out, std::int64_t micros);
void append_date(std::string& out, std::int32_t days);

// The current time by CLOCK_REALTIME.
std::int64_t now_micros();
// A file's time stamp on the same scale.
std::int64_t micros_of(std::int64_t unix_seconds, std::int64_t nanoseconds);

// ---- for base/time_format and feed/column_time

struct CalendarTime {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t nanos = 0;
  std::optional<int> offset_minutes = {};  // east of UTC
};
inline constexpr std::string_view k_no_such_day = "is not a calendar day";
inline constexpr std::string_view k_outside_years = "is outside the years 1 to 9999 in UTC";
// The faults of a text that has another form.
inline constexpr std::string_view k_not_rfc3339 =
    "is not an RFC 3339 time (YYYY-MM-DDThh:mm[:ss[.fraction]][Z|±hh:mm])";
inline constexpr std::string_view k_not_date = "is not an RFC 3339 date (YYYY-MM-DD)";
inline constexpr std::string_view k_no_match = "does not match the column's format";
inline constexpr std::string_view k_not_number = "is not a number";
// Checks each part. Without an offset the time is taken as UTC.
ParsedTime time_of(const CalendarTime& time);
// The time, if its year is 1 to 9999.
ParsedTime checked_time(std::int64_t micros, std::uint16_t nanos, bool has_zone);
// Sets month and day from the number of a day in the year, from 1. Returns false if the year has no such day.
bool set_day_of_year(CalendarTime& time, int day);
// Reads "Z" or an offset at the start of a text and returns its length; 0 if there is none.
std::size_t read_offset(std::string_view text, std::optional<int>& minutes);

}  // namespace longshore
