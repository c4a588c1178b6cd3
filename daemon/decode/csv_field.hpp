// The short way from a CSV field to a cell, for the usual values of columns without options that change them. Whatever it
// does not take goes through read_value(), with the same result.
#pragma once

#include "base/bytes.hpp"
#include "feed/feed.hpp"

#include <string_view>

namespace longshore::decode {

// Reads a text that is not empty, appends the cell to `out`, and returns true; returns false if it cannot decide.
using FieldReader = bool (*)(const Column& column, std::string_view text, Bytes& out);

// nullptr if there is no short way for the column.
FieldReader field_reader(const Column& column);

}  // namespace longshore::decode
