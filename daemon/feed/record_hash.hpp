// The identity of a record's content: XXH3-64 over the canonical values of its columns. Two records with equal hashes and
// keys are one row. A pure function, the same on both engines.
//
// For each column with a value, sorted by name, the input has the name, a NUL, the int32 length of the value, and the
// value:
//
//   integer, bigint          int64, so a column that is widened later keeps the hashes of its rows
//   numeric                  int64 if it is whole and fits; else sign, weight and digits of the cell, and the length is
//                            inverted, so that it is never taken for an int64
//   date, timestamp          int64 µs since 2000-01-01 UTC; a date is its midnight
//   text, double, boolean    the bytes of the cell
//   jsonb                    the bytes of the cell
//   array                    not its length but the number of elements, then each as int32 length (-1 null) and value
//
// Digits of a time beyond the microsecond follow their column's value, with an empty name. NULL and `default` values are
// left out, so neither the order of declaration nor a new nullable column changes a hash.
#pragma once

#include "feed/row_batch.hpp"

#include <cstdint>
#include <span>

namespace longshore {

// `scratch` keeps the memory between calls; its content is replaced.
std::int64_t record_hash(const Feed& feed, std::span<const RowBatch::Cell> cells, Bytes& scratch);

}  // namespace longshore
