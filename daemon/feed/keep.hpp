// How long a feed keeps its rows: keep = "90d", by = "detection_time". Times are microseconds as in base/time.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

// Before every time: no row of the feed has gone yet.
inline constexpr std::int64_t k_no_horizon = std::numeric_limits<std::int64_t>::min();

struct Keep {
  std::string text;         // as it was declared
  std::int64_t micros = 0;  // at least a day
  std::size_t column = 0;   // the number of the timestamp column `by`

  // The horizon at this time: rows whose time is before it are not kept. Always the begin of a day in UTC, so that it
  // rises once a day.
  std::int64_t horizon_at(std::int64_t now) const;
};

// `column` is left 0. Nothing for any other text, a time below a day and one above 100 years.
std::optional<Keep> parse_keep(std::string_view text);

}  // namespace longshore
