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
};
struct ParsedDate {
  std::optional<std::int32_t> days;
  std::string_view fault;
};

// Parses an RFC 3339 date-time: 'T', a calendar date, seconds up to 59, up to 9 fractional digits, 'Z' or an
// offset. A time without a zone is UTC. Times are never parsed by PostgreSQL, because it also
// accepts `now`, `infinity` and `24:00`.
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

}  // namespace longshore
