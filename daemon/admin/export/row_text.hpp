// Writes rows as CSV or NDJSON.
//
//   CSV     RFC 4180 with a header; lines end in LF. NULL is an empty field, the empty text is "". A feed of CSV reads
//           both back. Arrays and jsonb are JSON text.
//   NDJSON  one object per line, each column a member. Numbers, booleans, arrays and jsonb are JSON values, NULL is
//           null, all others are strings. A number that JSON does not have (NaN, infinity) is a string.
#pragma once

#include "feed/cell.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::admin {

enum class RowFormat { csv, ndjson };

// "csv" or "ndjson", which is also the suffix of a file.
std::string_view format_name(RowFormat format);

class RowText {
 public:
  RowText(RowFormat format, std::span<const std::string> names, std::span<const ColumnType> types);

  // What stands before the first row; "" for NDJSON.
  const std::string& header() const { return m_header; }
  // Appends one row with its line break.
  void append(std::string& out, store::TextRow row) const;

 private:
  void append_csv(std::string& out, store::TextRow row) const;
  void append_ndjson(std::string& out, store::TextRow row) const;

  RowFormat m_format;
  std::vector<ColumnType> m_types;
  std::vector<std::string> m_keys;  // of NDJSON: {"name": and ,"name":
  std::string m_header;
};

}  // namespace longshore::admin
