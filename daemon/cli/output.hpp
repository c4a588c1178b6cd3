// Standard output: aligned on a terminal, tab-separated in a pipe, or JSON.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::cli {

void print(std::string_view text);
// Throws Error{fatal, Exit::io_error} if output could not be written (a full disk).
void finish_output();

enum class Format {
  aligned,  // columns for people: short times, grouped digits
  tabs,     // a header line, then unchanged values
  json,     // one object per line
};
// JSON if `json` is set; otherwise aligned on a terminal, and tabs in a pipe or file.
Format output_format(bool json);

enum class Style { text, count, bytes, time, duration_ms };
struct ListingColumn {
  std::string_view name;
  Style style = Style::text;
};

// Rows with the same columns. Texts must be single lines, as in the ledger.
class Listing {
 public:
  Listing(std::vector<ListingColumn> columns, Format format) : m_columns(std::move(columns)), m_format(format) {}

  // Takes one value per column.
  void add(std::vector<store::Value> row);
  std::size_t size() const { return m_rows.size(); }
  std::string text() const;

 private:
  std::string aligned() const;
  std::string tabs() const;
  std::string json() const;

  std::vector<ListingColumn> m_columns;
  Format m_format;
  std::vector<std::vector<store::Value>> m_rows;
};

// A listing of any length, printed in pieces of 500 rows.
class Report {
 public:
  Report(std::vector<ListingColumn> columns, Format format) : m_columns(std::move(columns)), m_format(format) {}
  ~Report();
  Report(const Report&) = delete;

  void add(std::vector<store::Value> row);
  // Prints the rest; the destructor does it too. An empty report prints its header line in a pipe, and nothing on a
  // terminal.
  void finish();

 private:
  void flush();

  const std::vector<ListingColumn> m_columns;
  const Format m_format;
  bool m_has_header = false;
  std::vector<std::vector<store::Value>> m_rows;
};

store::Value as_value(std::uint64_t number);
// A time in the unit of base/time.hpp.
store::Value as_value(std::optional<std::int64_t> micros);

// "2026-11-21 12:30:05" from canonical UTC text.
std::string short_time(std::string_view canonical);

}  // namespace longshore::cli
