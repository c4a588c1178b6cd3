// The option `coerce` of a column: reads a value of another JSON type, if nothing is lost. Pure functions.
#pragma once

#include "decode/convert.hpp"

#include <array>
#include <string_view>

namespace longshore::decode {

// Space for a text that coerced() writes; it must outlive the result.
using CoercedText = std::array<char, 24>;

// The value as the JSON type that `type` is read from: 3.0 and "3" as 3, "12.5" as 12.5, 1 and "true" as true, a number
// or a boolean as its text. Returns the value unchanged if that is not possible.
Scalar coerced(Type type, const Scalar& value, CoercedText& space);

// A string's text, a number as it is written, "true" or "false".
std::string_view source_text(const Scalar& value);

}  // namespace longshore::decode
