// A rejected record: a value, not an exception. It is stored in ingest_rejects, and the rest of the file is still
// loaded. Each kind of reject has one fixed text, listed here; values follow the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace longshore {

// Why a record is rejected, or why a document fails.
struct Reason {
  std::string_view text;  // fixed, contains no value: reasons are grouped by this text
  std::string values;     // the value found and the values allowed, after a separator: ": 3.5"

  std::string full() const { return std::string{text} + values; }
};

// The texts, apart from those of JSON syntax (decode/json.cpp) and of times (base/time.cpp).
namespace reason {

// of a value
inline constexpr std::string_view k_missing = "is missing";
inline constexpr std::string_view k_missing_in_element = "is missing in an array element";
inline constexpr std::string_view k_null = "is null";
inline constexpr std::string_view k_empty = "is empty";
inline constexpr std::string_view k_is_object = "is an object";
inline constexpr std::string_view k_is_array = "is an array";
inline constexpr std::string_view k_not_object = "is not an object";
inline constexpr std::string_view k_not_array = "is not an array";
inline constexpr std::string_view k_not_string = "is not a string";
inline constexpr std::string_view k_not_integer = "is not an integer";
inline constexpr std::string_view k_not_number = "is not a number";
inline constexpr std::string_view k_not_boolean = "is not a boolean";
inline constexpr std::string_view k_not_time = "is not a time";
inline constexpr std::string_view k_not_date = "is not a date";
inline constexpr std::string_view k_beyond_integer = "does not fit into integer";
inline constexpr std::string_view k_beyond_bigint = "does not fit into bigint";
inline constexpr std::string_view k_beyond_double = "does not fit into double";
inline constexpr std::string_view k_beyond_numeric = "contains a number that does not fit into numeric";
inline constexpr std::string_view k_less_than_min = "is less than min";
inline constexpr std::string_view k_more_than_max = "is more than max";
inline constexpr std::string_view k_longer_than_max = "is longer than max_length";
inline constexpr std::string_view k_has_nul = "contains U+0000, which a database cannot store";
inline constexpr std::string_view k_has_lone_surrogate = "contains a lone surrogate";

// of the record as a whole
inline constexpr std::string_view k_record_not_object = "the record is not an object";
inline constexpr std::string_view k_record_too_long = "the record is longer than max_record_bytes";
inline constexpr std::string_view k_duplicate_member = "duplicate member";

}  // namespace reason

struct Reject {
  std::uint64_t record_no = 0;    // from 1, in the order of the file
  std::uint64_t byte_offset = 0;  // of the record's first byte, in the document after decompression
  std::string field;              // the column that failed; "" if the record as a whole failed
  std::string reason;             // Reason::full(), then line and column
  std::string raw;                // the record's text, clipped
};

}  // namespace longshore
