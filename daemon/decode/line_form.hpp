// Decides whether a document has one JSON record per line (NDJSON), from its beginning. Pure functions.
//
// One JSON value is never taken for lines by mistake. Inside a value that spans lines, a line that consists of whole
// objects follows a line that opens their parent, and a line that goes on with the parent follows it. So at most half of
// the lines of any prefix are such lines.
//
// Of several values, some may be one per line and others may span lines. That is recognised if the look ahead contains
// the whole document. Behind a longer look ahead, a value that spans lines costs its lines.
#pragma once

#include "decode/places.hpp"

#include <cstddef>
#include <string_view>

namespace longshore::decode {

// Bytes of the document that are looked at.
inline constexpr std::size_t k_look_ahead = std::size_t{60} << 10;

// Whether more than half of the first lines that are not blank are record lines. At least two lines must have begun. If
// `beginning` is the whole document (shorter than k_look_ahead), half of the lines are enough, unless the others are the
// lines of values that are whole together.
bool has_record_per_line(std::string_view beginning, const Place& root);

// How many JSON objects and arrays the text has, if it consists of whole ones only; otherwise 0. Checks only brackets
// and strings.
std::size_t count_values(std::string_view text);

}  // namespace longshore::decode
