// A cell: one typed value of a row as bytes, in PostgreSQL's binary form (network order). COPY sends them unchanged.
// SQLite's binder, the latest merge and record_hash read them.
//
//   text        the bytes            integer  int32      bigint     int64      double   IEEE 754, -0 as 0
//   boolean     one byte 0 or 1      date     int32 days since 2000-01-01     timestamp int64 µs since 2000-01-01 UTC
//   jsonb       a version byte 1, then the canonical JSON text (decode/canonical_json.hpp)
//   numeric     see feed/numeric.hpp
//   array       int32 dimensions (0 when empty, else 1), int32 has-nulls, int32 element OID,
//               then unless empty: int32 count, int32 lower bound 1, and each element as int32 length (-1 null) + bytes
#pragma once

#include "base/bytes.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

enum class Type { text, integer, bigint, numeric, real, boolean, timestamp, date, jsonb };

struct ColumnType {
  Type type = Type::text;
  bool array = false;
  // Of a numeric: how many decimal digits it may have, and how many of them behind the point. 0: no parameters.
  std::int16_t precision = 0;
  std::int16_t scale = 0;

  bool operator==(const ColumnType&) const = default;
};

// The words of a feed declaration: "text", "integer[]", "numeric(12,2)".
std::optional<ColumnType> column_type_named(std::string_view word);
std::string type_text(ColumnType type);
// The word of a scalar without parameters.
std::string_view type_name(Type type);
// pg_type.oid of the scalar; fixed for built-in types.
std::int32_t type_oid(Type type);

// Network order to that of this machine, and back.
template <class Bits>
constexpr Bits network_order(Bits bits) {
  if constexpr (std::endian::native == std::endian::big || sizeof(Bits) == 1)
    return bits;
  else if constexpr (sizeof(Bits) == 2)
    return __builtin_bswap16(bits);
  else if constexpr (sizeof(Bits) == 4)
    return __builtin_bswap32(bits);
  else
    return __builtin_bswap64(bits);
}

// Inlined always: these are most of the work of a cell, and a call costs more than they do.
template <class Int>
[[gnu::always_inline]] inline void set_int(char* at, Int value) {
  const auto bits = network_order(static_cast<std::make_unsigned_t<Int>>(value));
  std::memcpy(at, &bits, sizeof bits);
}

template <class Int, class Buffer>  // Bytes or std::string
[[gnu::always_inline]] inline void put_int(Buffer& out, Int value) {
  char bytes[sizeof(Int)];
  set_int(bytes, value);
  out.append(bytes, sizeof(Int));
}

template <class Int>
[[gnu::always_inline]] inline Int get_int(const char* bytes) {
  std::make_unsigned_t<Int> bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return static_cast<Int>(network_order(bits));
}

template <class Buffer>
void put_double(Buffer& out, double value) {
  put_int(out, std::bit_cast<std::int64_t>(value == 0 ? 0.0 : value));
}
inline double get_double(const char* bytes) { return std::bit_cast<double>(get_int<std::int64_t>(bytes)); }

// The bytes in front of the first element of an array that has elements, and of an empty array.
inline constexpr std::size_t k_array_head = 20;
inline constexpr std::size_t k_empty_array_head = 12;

inline std::int32_t array_count(std::string_view array) {
  return array.size() > k_empty_array_head ? get_int<std::int32_t>(array.data() + k_empty_array_head) : 0;
}

// Calls visit(bool null, std::string_view element) for each element of an array cell.
template <class Visit>
void for_each_element(std::string_view array, Visit visit) {
  const char* at = array.data() + k_array_head;
  for (std::int32_t left = array_count(array); left > 0; --left) {
    const auto length = get_int<std::int32_t>(at);
    at += 4;
    visit(length < 0, std::string_view{at, static_cast<std::size_t>(std::max(length, 0))});
    at += std::max(length, 0);
  }
}

inline bool is_number(Type type) {
  return type == Type::integer || type == Type::bigint || type == Type::numeric || type == Type::real;
}
// True if cells of this type have the same order in PostgreSQL, in SQLite and in compare_cells(). SQLite has a numeric as
// text.
inline bool is_ordered(ColumnType t) { return !t.array && t.type != Type::jsonb && t.type != Type::numeric; }
// <0, 0, >0 for two non-null cells of one ordered type or of numeric.
int compare_cells(Type type, std::string_view a, std::string_view b);

// Appends bytes whose memcmp order is the order of the cells. The bytes of one text are never a prefix of another's.
void put_sortable(Bytes& out, Type type, std::string_view cell);

// Appends a cell as text, as SQLite stores it: times as UTC text, arrays as JSON, numbers in their shortest form.
void append_cell_text(std::string& out, ColumnType type, std::string_view cell);

// Appends a text as a JSON string, in double quotes.
template <class Buffer>  // Bytes or std::string
void append_json_string(Buffer& out, std::string_view text);

}  // namespace longshore
