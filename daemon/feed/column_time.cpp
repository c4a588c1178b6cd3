#include "feed/column_time.hpp"

namespace longshore {
namespace {

// As the text has it: the zone is not applied yet.
ParsedTime read_by_formats(const Column& column, std::string_view text) {
  if (column.formats.empty())
    return parse_time(text);
  ParsedTime time;
  for (const TimeFormat& format : column.formats)
    if (time = format.read(text); time.micros)
      return time;
  if (column.formats.size() > 1)
    time.fault = "matches none of the column's formats";
  return time;
}

bool accepts_rfc3339(const Column& column) {
  for (const TimeFormat& format : column.formats)
    if (format.is_rfc3339())
      return true;
  return column.formats.empty();
}

std::int32_t day_of(std::int64_t micros) {
  return static_cast<std::int32_t>(micros / k_micros_a_day - (micros % k_micros_a_day < 0 ? 1 : 0));
}

}  // namespace

ParsedTime in_zone_of(const Column& column, ParsedTime time) {
  if (!time.micros || time.has_zone || !column.zone)
    return time;
  return checked_time(column.zone->to_utc(*time.micros), time.nanos, true);
}

ParsedTime read_time(const Column& column, std::string_view text) {
  return in_zone_of(column, read_by_formats(column, text));
}

ParsedDate read_date(const Column& column, std::string_view text) {
  constexpr std::size_t k_date_size = 10;
  if (text.size() <= k_date_size && accepts_rfc3339(column))
    if (const ParsedDate date = parse_date(text); date.days || column.formats.empty())
      return date;
  const ParsedTime time = read_by_formats(column, text);
  if (!time.micros)
    return {{}, time.fault};
  // a time without a zone already has the day of its clock
  return {day_of(time.has_zone && column.zone ? column.zone->to_local(*time.micros) : *time.micros), {}};
}

}  // namespace longshore
