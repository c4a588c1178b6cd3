// Steps through the rows of a query, each value as text, without a copy of texts.
#pragma once

#include "feed/cell.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace longshore::store::sqlite {

class RowReader {
 public:
  // `types` are those of the query's columns. Throws SQLite::Exception, as next() does.
  RowReader(sqlite3* database, const std::string& query, std::span<const ColumnType> types);

  // Returns false after the last row.
  bool next();
  // Valid until next().
  TextRow row() const { return m_row; }

 private:
  std::optional<std::string_view> value(int column);

  sqlite3* m_database;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> m_statement;
  std::vector<ColumnType> m_types;
  std::vector<std::string> m_texts;  // of numbers
  std::vector<std::optional<std::string_view>> m_row;
};

}  // namespace longshore::store::sqlite
