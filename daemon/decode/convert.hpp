// Converts one JSON scalar into one cell, or says why it cannot. Pure functions; they decide which values are valid.
#pragma once

#include "base/bytes.hpp"
#include "feed/feed.hpp"
#include "feed/reject.hpp"

#include <string_view>

namespace longshore::decode {

// A value from the parser. Strings are unescaped; numbers are their source text.
struct Scalar {
  enum class Kind { null, boolean, number, string };
  Kind kind = Kind::null;
  std::string_view text;
  bool truth = false;
  bool had_escape = true;  // of a string: only an escape can produce U+0000 or a lone surrogate
};

// Appends the bytes of a cell of the column's scalar type (of its element type if it is an array; not jsonb). Returns
// false and sets `reason` if the value is not valid. The reason's values quote it, escaped and clipped.
// If a time has digits beyond the microsecond, appends them to `beyond`: int16 nanoseconds, of an array's element after
// uint32 out.size(). They are RowBatch::Cell::beyond.
bool append_cell(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason);

// Why PostgreSQL cannot store a string or number inside jsonb, if it cannot: U+0000, a lone surrogate, more than 16383 digits
// after the decimal point (the limit of numeric).
std::optional<ReasonKind> jsonb_fault(const Scalar& value);

}  // namespace longshore::decode
