// How often a feed expects a file: "15m", "daily 06:00", "daily 06:00 Europe/Berlin". A feed of which no file was loaded
// in time is late. Times are microseconds as in base/time.hpp. Pure functions.
#pragma once

#include "base/time_zone.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

struct Expect {
  std::string text;              // as it was declared
  std::int64_t within = 0;       // after the last file; 0: once a day
  std::int64_t time_of_day = 0;  // by which a file of the day must be loaded
  std::optional<TimeZone> zone;  // of the day; none: UTC

  // When the feed becomes late, if its last file was loaded at `last`: after `within`, or at the time of day of the next
  // day. A file that was loaded earlier on the same day, or late on that day, counts for that day only.
  std::int64_t due_after(std::int64_t last) const;
};

// Nothing for any other text, an interval below 1 s or above 366 days, and an unknown time zone.
std::optional<Expect> parse_expect(std::string_view text);

}  // namespace longshore
