// Converts one scalar into one cell, or says why it cannot. Pure functions; they decide which values are valid.
// A column's options apply in this order: null and `empty`, `match`, a table of `values`, `coerce` or `format`, the type,
// `max_length`, `min` and `max`, a list of `values`; `default` where there is no value then.
#pragma once

#include "base/bytes.hpp"
#include "feed/feed.hpp"
#include "feed/reject.hpp"
#include "feed/row_batch.hpp"

#include <string_view>

namespace longshore::decode {

// A value from the parser. Strings are unescaped; numbers are their source text. NaN and Infinity are not_finite: no
// column accepts them.
struct Scalar {
  enum class Kind { null, boolean, number, string, not_finite };
  Kind kind = Kind::null;
  std::string_view text;
  bool truth = false;
  bool had_escape = true;   // of a string: only an escape can produce U+0000 or a lone surrogate
  bool is_untyped = false;  // from a place without types (a part of a text, a file's name, CSV): it is coerced
};

// ---- steps, for a caller that gathers the elements of arrays

// Applies `empty` and `match`, which decide whether there is a value and what its text is. Only for a column that is not
// plain. The value may become null. Returns false and sets `reason` if the text does not match.
bool select_value(const Column& column, Scalar& value, Reason& reason);

// Appends the bytes of a cell of the column's scalar type (of its element type if it is an array; not jsonb). Returns
// false and sets `reason` if the value is not valid. The reason's values quote it, escaped and clipped.
// If a time has digits beyond the microsecond, appends them to `beyond`: uint16 nanoseconds; for an array first the uint32
// offset of the element's value in `out`. They are RowBatch::Cell::beyond.
bool append_cell(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason);

// ---- all steps, for a column that is not an array

enum class Outcome { cell, null, refused };
// Decides one value: appends the bytes of its cell, jsonb too, to `out` and `beyond`, which must be empty. Null is refused
// if the column needs a value; otherwise missing_cell() is its cell, as if the value were missing.
Outcome read_value(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason);

// The cell of a column without a value: its default, or NULL.
inline RowBatch::Cell missing_cell(const Column& column) {
  return column.fallback ? RowBatch::Cell{false, *column.fallback, {}, true} : RowBatch::Cell{};
}

// The cell of a column with the option `value`.
inline RowBatch::Cell constant_cell(const Column& column) { return {false, *column.constant, {}, true}; }

// Why PostgreSQL cannot store a string or number inside jsonb, if it cannot: U+0000, a lone surrogate, more than 16383
// digits after the decimal point (the limit of numeric).
std::optional<ReasonKind> jsonb_fault(const Scalar& value);

}  // namespace longshore::decode
