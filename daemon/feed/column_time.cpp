#include "feed/column_time.hpp"

namespace longshore {
namespace {

// A text that a format does not match says less than one that it matches and that is no time: a leap second.
bool says_more(const ParsedTime& time) {
  return time.fault != k_no_match && time.fault != k_not_rfc3339 && time.fault != k_not_date &&
         time.fault != k_not_number;
}

// The first format that gives a time decides; the zone is not applied yet. Of a date, `read` also accepts dates alone.
template <class Read>
ParsedTime read_by_formats(const Column& column, Read read) {
  static const TimeFormat rfc3339;
  if (column.formats.empty())
    return read(rfc3339);
  ParsedTime refused;
  for (const TimeFormat& format : column.formats) {
    const ParsedTime time = read(format);
    if (time.micros)
      return time;
    if (refused.fault.empty() || (says_more(time) && !says_more(refused)))
      refused = time;
  }
  if (column.formats.size() > 1 && !says_more(refused))
    refused.fault = "matches none of the column's formats";
  return refused;
}

std::int32_t day_of(std::int64_t micros) {
  return static_cast<std::int32_t>(micros / k_micros_a_day - (micros % k_micros_a_day < 0 ? 1 : 0));
}

// A full date is its midnight, on a clock without a zone.
ParsedTime read_date_or_time(const TimeFormat& format, std::string_view text) {
  constexpr std::size_t k_date_size = 10;
  if (!format.is_rfc3339() || text.size() > k_date_size)
    return format.read(text);
  const ParsedDate date = parse_date(text);
  if (!date.days)
    return {{}, date.fault};
  return {*date.days * k_micros_a_day, {}};
}

}  // namespace

ParsedTime in_zone_of(const Column& column, ParsedTime time) {
  if (!time.micros || time.has_zone || !column.zone)
    return time;
  return checked_time(column.zone->to_utc(*time.micros), time.nanos, true);
}

ParsedTime read_time(const Column& column, std::string_view text) {
  return in_zone_of(column, read_by_formats(column, [&](const TimeFormat& format) { return format.read(text); }));
}

ParsedDate read_date(const Column& column, std::string_view text) {
  ParsedTime time = read_by_formats(column, [&](const TimeFormat& format) { return read_date_or_time(format, text); });
  // a time without a zone already has the day of its clock
  if (time.micros && time.has_zone && column.zone)
    time = checked_time(column.zone->to_local(*time.micros), time.nanos, true);
  if (!time.micros)
    return {{}, time.fault};
  return {day_of(*time.micros), {}};
}

}  // namespace longshore
