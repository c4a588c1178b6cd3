// One JSON scalar into one cell, or the reason why not. Pure functions; what a value may be is said here.
#pragma once

#include "base/bytes.hpp"
#include "feed/feed.hpp"

#include <string>
#include <string_view>

namespace longshore::decode {

// A value as the parser hands it over. Strings are unescaped; numbers are their source text.
struct Scalar {
  enum class Kind { null, boolean, number, string };
  Kind kind = Kind::null;
  std::string_view text;
  bool truth = false;
  bool may_be_unfit =
      true;  // of a string: only an escape can make U+0000 or a lone surrogate, so false where there was none
};

// Appends the bytes of a cell of the column's scalar type (of its element type where it is an array; not jsonb). False: it
// cannot be one; `reason` says why, such as `is no integer: 3.5`, in which the value is escaped and clipped.
bool append_cell(const Column& column, const Scalar& value, Bytes& out, std::string& reason);

// Whether PostgreSQL can hold a string or number inside jsonb: no U+0000, no lone surrogate, no more than 16383 digits
// after the decimal point (numeric's limit). "" or the reason.
std::string_view jsonb_fault(const Scalar& value);

}  // namespace longshore::decode
