// Forms of times beyond the default one: strptime patterns, and counts since 1970.
#pragma once

#include <cstdint>
#include <string_view>

namespace longshore::admin {

struct TimePattern {
  std::string_view format;  // the option of a column
  std::string_view type;    // timestamp or date
  std::string_view doubt;   // "" if there is none
};

// A bit for each known pattern. all_time_patterns() & patterns_of(text) & … are those that all texts match.
unsigned all_time_patterns();
// The bits of `candidates` that the whole text matches.
unsigned patterns_of(std::string_view text, unsigned candidates);
// The best one of the set; nullptr if it is empty.
const TimePattern* best_pattern(unsigned patterns);

// "unix", "unix_ms", "unix_us" or "unix_ns" if both numbers are times of the years 2000 to 2100 in this unit; else "".
std::string_view unix_format(std::int64_t least, std::int64_t greatest);

}  // namespace longshore::admin
