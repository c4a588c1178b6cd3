// Times and dates as a column's options say: its formats in turn, then its time zone for a time that names none.
#pragma once

#include "base/time.hpp"
#include "feed/feed.hpp"

#include <string_view>

namespace longshore {

ParsedTime read_time(const Column& column, std::string_view text);
// A date, or the day of a time: in the column's zone, or in UTC.
ParsedDate read_date(const Column& column, std::string_view text);

// The instant of a time: one that names no zone is taken in the column's.
ParsedTime in_zone_of(const Column& column, ParsedTime time);

}  // namespace longshore
