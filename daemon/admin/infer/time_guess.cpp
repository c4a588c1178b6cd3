#include "admin/infer/time_guess.hpp"

#include "base/time_format.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

namespace longshore::admin {
namespace {

constexpr std::string_view k_day_or_month = "day and month may be the other way round";

// The better one first, if a text matches several.
constexpr TimePattern k_patterns[] = {
    {"%Y/%m/%d %H:%M:%S", "timestamp", ""},
    {"%Y/%m/%d %H:%M", "timestamp", ""},
    {"%d.%m.%Y %H:%M:%S", "timestamp", ""},
    {"%d.%m.%Y %H:%M", "timestamp", ""},
    {"%m/%d/%Y %H:%M:%S", "timestamp", k_day_or_month},
    {"%m/%d/%Y %H:%M", "timestamp", k_day_or_month},
    {"%d/%m/%Y %H:%M:%S", "timestamp", k_day_or_month},
    {"%d/%m/%Y %H:%M", "timestamp", k_day_or_month},
    {"%Y%m%dT%H%M%S", "timestamp", ""},
    {"%Y%m%dT%H%M%SZ", "timestamp", ""},
    {"%d/%b/%Y:%H:%M:%S %z", "timestamp", ""},
    {"%a, %d %b %Y %H:%M:%S %z", "timestamp", ""},
    {"%Y/%m/%d", "date", ""},
    {"%d.%m.%Y", "date", ""},
    {"%m/%d/%Y", "date", k_day_or_month},
    {"%d/%m/%Y", "date", k_day_or_month},
};
constexpr std::size_t k_count = std::size(k_patterns);

const std::vector<TimeFormat>& formats() {
  static const std::vector<TimeFormat> compiled = [] {
    std::vector<TimeFormat> all;
    std::string fault;
    for (const TimePattern& pattern : k_patterns)
      all.push_back(TimeFormat::parse(pattern.format, fault).value());
    return all;
  }();
  return compiled;
}

struct Unit {
  std::string_view format;
  std::int64_t a_second;
};
constexpr std::array<Unit, 4> k_units = {
    {{"unix", 1}, {"unix_ms", 1'000}, {"unix_us", 1'000'000}, {"unix_ns", 1'000'000'000}}};
constexpr std::int64_t k_year_2000 = 946'684'800;  // Unix seconds
constexpr std::int64_t k_year_2100 = 4'102'444'800;

}  // namespace

unsigned all_time_patterns() { return (1U << k_count) - 1; }

unsigned patterns_of(std::string_view text, unsigned candidates) {
  unsigned matching = 0;
  for (std::size_t i = 0; i < k_count; ++i)
    if (const unsigned bit = 1U << i; (candidates & bit) != 0 && formats()[i].read(text).micros)
      matching |= bit;
  return matching;
}

const TimePattern* best_pattern(unsigned patterns) {
  return patterns == 0 ? nullptr : &k_patterns[static_cast<std::size_t>(std::countr_zero(patterns))];
}

std::string_view unix_format(std::int64_t least, std::int64_t greatest) {
  for (const Unit& unit : k_units)
    if (least >= k_year_2000 * unit.a_second && greatest / unit.a_second < k_year_2100)
      return unit.format;
  return "";
}

}  // namespace longshore::admin
