#include "store/sqlite/script.hpp"

#include <sqlite3.h>
#include <SQLiteCpp/Exception.h>

#include <cstdint>
#include <memory>

namespace longshore::store::sqlite {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

void check(sqlite3* database, int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
    throw SQLite::Exception{database, code};
}

Value value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_NULL:
    return std::monostate{};
  case SQLITE_INTEGER:
    return std::int64_t{sqlite3_column_int64(statement, column)};
  case SQLITE_FLOAT:
    return sqlite3_column_double(statement, column);
  default:
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
    return std::string(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
  }
}

void add_row(StatementResult& result, sqlite3_stmt* statement, std::size_t most_rows) {
  ++result.row_count;
  if (result.rows.size() == most_rows)
    return;
  const int columns = sqlite3_column_count(statement);
  auto& values = result.rows.rows.emplace_back();
  values.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i)
    values.push_back(value_of(statement, i));
}

StatementResult run(sqlite3* database, sqlite3_stmt* statement, std::size_t most_rows) {
  StatementResult result;
  const int columns = sqlite3_column_count(statement);
  result.returns_rows = columns > 0;
  for (int i = 0; i < columns; ++i)
    result.rows.columns.emplace_back(sqlite3_column_name(statement, i));
  const auto before = static_cast<std::uint32_t>(sqlite3_total_changes(database));  // the counter may wrap
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement))
    add_row(result, statement, most_rows);
  check(database, code);
  result.affected = static_cast<std::uint32_t>(sqlite3_total_changes(database)) - before;
  return result;
}

}  // namespace

void run_script(SQLite::Database& database, const std::string& script, std::size_t most_rows,
                const std::atomic<bool>& is_interrupted, std::vector<StatementResult>& results) {
  sqlite3* const handle = database.getHandle();
  const char* rest = script.c_str();
  while (*rest != '\0') {
    if (is_interrupted)
      throw SQLite::Exception{"interrupted", SQLITE_INTERRUPT};
    sqlite3_stmt* prepared = nullptr;
    check(handle, sqlite3_prepare_v2(handle, rest, -1, &prepared, &rest));
    if (const Statement statement{prepared})  // none: a comment, or white space
      results.push_back(run(handle, statement.get(), most_rows));
  }
}

}  // namespace longshore::store::sqlite
