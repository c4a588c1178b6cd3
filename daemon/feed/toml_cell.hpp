// Cells from the values of a feed declaration: limits, defaults and constants of a column.
#pragma once

#include "feed/feed.hpp"
#include "feed/toml_values.hpp"

#include <string>
#include <string_view>

namespace longshore {

// The cell of the column's scalar type (of its element type if it is an array; not jsonb). Throws a DeclarationFault if
// the value has another type or does not fit. `option` names the value in the message.
std::string toml_cell(const toml::node& node, const Column& column, const std::string& option);

// Throws a DeclarationFault if a cell from toml_cell() is beyond the column's max_length, min or max.
void check_limits(const toml::node& node, const Column& column, std::string_view cell, const std::string& option);

}  // namespace longshore
