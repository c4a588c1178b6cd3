#include "store/sqlite/row_binder.hpp"

#include <SQLiteCpp/Statement.h>

namespace longshore::store::sqlite {

void RowBinder::bind(SQLite::Statement& statement, const RowBatch& window, const RowBatch::Row& row,
                     std::int64_t file_id) {
  window.cells(row, m_cells);
  const std::size_t columns = m_feed->columns.size();
  for (std::size_t i = 0; i < columns; ++i) {
    const int number = static_cast<int>(i) + 1;
    const ColumnType type = m_feed->columns[i].type;
    const char* bytes = m_cells[i].bytes.data();
    if (m_cells[i].null)
      statement.bind(number);
    else if (type == ColumnType{Type::integer, false})
      statement.bind(number, get_int<std::int32_t>(bytes));
    else if (type == ColumnType{Type::bigint, false})
      statement.bind(number, get_int<std::int64_t>(bytes));
    else if (type == ColumnType{Type::boolean, false})
      statement.bind(number, std::int32_t{*bytes != 0});
    else if (type == ColumnType{Type::real, false})
      statement.bind(number, get_double(bytes));
    else {
      m_texts[i].clear();
      append_cell_text(m_texts[i], type, m_cells[i].bytes);
      statement.bindNoCopy(number, m_texts[i]);
    }
  }
  statement.bind(static_cast<int>(columns) + 1, get_int<std::int64_t>(m_cells[columns].bytes.data()));
  statement.bind(static_cast<int>(columns) + 2, file_id);
}

std::string parameter(std::size_t field) { return "?" + std::to_string(field + 1); }

}  // namespace longshore::store::sqlite
