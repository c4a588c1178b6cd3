// Cells from the values of a feed declaration: limits, defaults and constants of a column.
#pragma once

#include "feed/feed.hpp"
#include "feed/toml_values.hpp"

#include <string>

namespace longshore {

// The cell of the column's scalar type (of its element type if it is an array; not jsonb). Throws a DeclarationFault if
// the value has another type or does not fit. `option` names the value in the message.
std::string toml_cell(const toml::node& node, const Column& column, const std::string& option);

}  // namespace longshore
