// Names of tables and columns that no feed may use: the database or longshore has them already, and the DDL would fail.
// Pure functions.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace longshore {

// Bytes of an identifier in a declaration. PostgreSQL has 63; the rest is room for the names of indexes.
inline constexpr std::size_t k_longest_identifier = 48;

bool is_reserved_table(std::string_view name);
bool is_reserved_column(std::string_view name);

// The identifier `wanted`, cut to k_longest_identifier, if it is neither reserved nor used; else with the first free
// number behind it: "speed_2".
std::string unused_column_name(std::string_view wanted, const std::function<bool(std::string_view)>& is_used);

}  // namespace longshore
