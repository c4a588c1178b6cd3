// A rejected record: a value, not an exception. It is stored in ingest_rejects, and the rest of the file is still
// loaded. Each kind of reject has one code and one fixed text, listed here; values follow the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace longshore {

// A kind of fault. Its code is one of: missing null type range format value length future expired
// json csv.
struct ReasonKind {
  std::string_view code;  // the group of the kind, for queries
  std::string_view text;  // fixed, contains no value

  bool operator==(const ReasonKind&) const = default;
};

// Why a record is rejected, or why a document fails.
struct Reason {
  ReasonKind kind;
  std::string values;  // the value found and the values allowed, after ": "; "" if there are none

  std::string full() const { return std::string{kind.text} + values; }
  // The values without the separator, so that Reject::text() gives the text of full().
  std::string value() const { return values.starts_with(": ") ? values.substr(2) : values; }
};

// The kinds, apart from those of JSON syntax (decode/json.cpp) and of times (base/time, feed/column_time).
namespace reason {

// of a value
inline constexpr ReasonKind k_missing{"missing", "is missing"};
inline constexpr ReasonKind k_missing_in_element{"missing", "is missing in an array element"};
inline constexpr ReasonKind k_null{"null", "is null"};
inline constexpr ReasonKind k_empty{"value", "is empty"};
inline constexpr ReasonKind k_is_object{"type", "is an object"};
inline constexpr ReasonKind k_is_array{"type", "is an array"};
inline constexpr ReasonKind k_not_object{"type", "is not an object"};
inline constexpr ReasonKind k_not_array{"type", "is not an array"};
inline constexpr ReasonKind k_not_string{"type", "is not a string"};
inline constexpr ReasonKind k_not_integer{"type", "is not an integer"};
inline constexpr ReasonKind k_not_number{"type", "is not a number"};
inline constexpr ReasonKind k_not_boolean{"type", "is not a boolean"};
inline constexpr ReasonKind k_not_time{"type", "is not a time"};
inline constexpr ReasonKind k_not_date{"type", "is not a date"};
inline constexpr ReasonKind k_beyond_integer{"range", "does not fit into integer"};
inline constexpr ReasonKind k_beyond_bigint{"range", "does not fit into bigint"};
inline constexpr ReasonKind k_beyond_double{"range", "does not fit into double"};
inline constexpr ReasonKind k_beyond_numeric{"range", "contains a number that does not fit into numeric"};
inline constexpr ReasonKind k_too_many_digits{"range", "has too many digits before the decimal point"};
inline constexpr ReasonKind k_too_many_decimals{"range", "has too many decimals"};
inline constexpr ReasonKind k_less_than_min{"range", "is less than min"};
inline constexpr ReasonKind k_more_than_max{"range", "is more than max"};
inline constexpr ReasonKind k_future{"future", "is further in the future than max_future"};
inline constexpr ReasonKind k_expired{"expired", "is before the horizon of the feed"};
inline constexpr ReasonKind k_longer_than_max{"length", "is longer than max_length"};
inline constexpr ReasonKind k_not_in_values{"value", "is none of the column's values"};
inline constexpr ReasonKind k_no_match{"format", "does not match the column's pattern"};
inline constexpr ReasonKind k_has_nul{"value", "contains U+0000, which a database cannot store"};
inline constexpr ReasonKind k_not_utf8{"value", "is not UTF-8"};
inline constexpr ReasonKind k_has_lone_surrogate{"value", "contains a lone surrogate"};
inline constexpr ReasonKind k_has_not_finite{"value", "contains NaN or Infinity, which JSON cannot store"};

// of the record as a whole
inline constexpr ReasonKind k_record_not_object{"type", "the record is not an object"};
inline constexpr ReasonKind k_record_too_long{"length", "the record is longer than max_record_bytes"};
inline constexpr ReasonKind k_duplicate_member{"json", "duplicate member"};

// of a CSV record
inline constexpr ReasonKind k_field_count{"csv", "has the wrong number of fields"};
inline constexpr ReasonKind k_after_quote{"csv", "text after a closing quote"};
inline constexpr ReasonKind k_quote_inside{"csv", "a quote inside a field that does not begin with one"};
inline constexpr ReasonKind k_lone_return{"csv", "a carriage return without a line feed"};
inline constexpr ReasonKind k_csv_nul{"csv", "contains a NUL byte"};
inline constexpr ReasonKind k_csv_utf8{"csv", "contains invalid UTF-8"};
inline constexpr ReasonKind k_no_final_newline{"csv", "ends without a line break: the record may be incomplete"};

}  // namespace reason

// One fault of a rejected record. A record has one Reject for each of its faults.
struct Reject {
  std::uint64_t record_no = 0;    // from 1, in the order of the file
  std::uint64_t byte_offset = 0;  // of the record's first byte, in the document after decompression
  std::string field;              // the column that failed; "" if the record as a whole failed
  ReasonKind kind;
  std::string value;     // Reason::value(); "" if there is none
  std::size_t line = 0;  // of the fault
  std::size_t column = 0;
  std::string raw;  // the record's text, clipped; only with its first fault

  // "is less than min: -1 < 0 (line 16, column 111)"
  std::string text() const {
    return std::string{kind.text} + (value.empty() ? "" : ": " + value) + " (line " + std::to_string(line) +
           ", column " + std::to_string(column) + ")";
  }
};

}  // namespace longshore
