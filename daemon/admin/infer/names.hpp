// Names that are made from what files and members are called.
#pragma once

#include <string>
#include <string_view>

namespace longshore::admin {

// A plain identifier: "Vehicle-Id" and "vehicleId" become "vehicle_id". `fallback` if nothing is left.
std::string identifier_of(std::string_view text, std::string_view fallback);

// "trips_20260101T080000.csv.gz": "trips_*.csv". Times, dates, numbers and hexadecimal ids become "*",
// what a declaration or a glob cannot contain becomes "?".
std::string pattern_of(std::string_view file_name);
// "trips"
std::string feed_name_of(std::string_view file_name);

// Whether a member of this name can be a token of a pointer in a declaration: it must be UTF-8 and without "*".
bool is_pointer_token(std::string_view name);

// Whether a member of this name identifies something, or is a time.
bool is_id_name(std::string_view name);
bool is_time_name(std::string_view name);

}  // namespace longshore::admin
