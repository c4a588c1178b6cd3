#include "store/sqlite/row_reader.hpp"

#include <sqlite3.h>
#include <SQLiteCpp/Exception.h>

#include <array>
#include <charconv>

namespace longshore::store::sqlite {
namespace {

template <class Number>
std::string_view put_number(std::string& text, Number number) {
  std::array<char, 32> digits;
  text.assign(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  return text;
}

}  // namespace

RowReader::RowReader(sqlite3* database, const std::string& query, std::span<const ColumnType> types)
    : m_database(database), m_statement(nullptr, &sqlite3_finalize), m_types(types.begin(), types.end()),
      m_texts(types.size()), m_row(types.size()) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database, query.data(), static_cast<int>(query.size()), &statement, nullptr);
  m_statement.reset(statement);
  if (code != SQLITE_OK)
    throw SQLite::Exception(database, code);
}

bool RowReader::next() {
  const int code = sqlite3_step(m_statement.get());
  if (code == SQLITE_DONE)
    return false;
  if (code != SQLITE_ROW)
    throw SQLite::Exception(m_database, code);
  for (std::size_t i = 0; i < m_row.size(); ++i)
    m_row[i] = value(static_cast<int>(i));
  return true;
}

// Each value has the class in which it is stored: a table that others fill too need not be strict.
std::optional<std::string_view> RowReader::value(int column) {
  const auto i = static_cast<std::size_t>(column);
  switch (sqlite3_column_type(m_statement.get(), column)) {
  case SQLITE_NULL:
    return {};
  case SQLITE_INTEGER: {
    const std::int64_t number = sqlite3_column_int64(m_statement.get(), column);
    if (m_types[i] == ColumnType{Type::boolean, false})
      return number != 0 ? "true" : "false";
    return put_number(m_texts[i], number);
  }
  case SQLITE_FLOAT:
    return put_number(m_texts[i], sqlite3_column_double(m_statement.get(), column));
  default: {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(m_statement.get(), column));
    return std::string_view{text, static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column))};
  }
  }
}

}  // namespace longshore::store::sqlite
