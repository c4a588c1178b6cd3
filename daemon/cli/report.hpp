// A listing of any length, printed as it grows: what a command did to each of many files.
#pragma once

#include "base/error.hpp"
#include "cli/output.hpp"

#include <vector>

namespace longshore::cli {

class Report {
 public:
  Report(std::vector<ListingColumn> columns, Format format) : m_columns(std::move(columns)), m_format(format) {}
  // Prints what is left. Of an empty report machines get the header, people nothing.
  ~Report();
  Report(const Report&) = delete;

  void add(std::vector<store::Value> row);

 private:
  void flush();

  const std::vector<ListingColumn> m_columns;
  const Format m_format;
  bool m_has_header = false;
  std::vector<std::vector<store::Value>> m_rows;
};

// An error of the database in the midst of a command, with the exit code that says so; any other as it is.
Error as_exit(const Error& error);

}  // namespace longshore::cli
