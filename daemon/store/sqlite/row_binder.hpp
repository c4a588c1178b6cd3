// Binds the cells of a row to the parameters of an SQLite statement.
#pragma once

#include "feed/row_batch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace SQLite {
class Statement;
}

namespace longshore::store::sqlite {

class RowBinder {
 public:
  explicit RowBinder(const Feed& feed) : m_feed(&feed), m_texts(feed.columns.size()) {}

  // ?1 … are the feed's columns, then record_hash and file_id: the fields of a RowBatch tuple. A statement may omit any
  // of them except file_id. SQLite does not copy the texts: they are valid until the next call.
  void bind(SQLite::Statement& statement, const RowBatch& window, const RowBatch::Row& row, std::int64_t file_id);

 private:
  const Feed* m_feed;
  std::vector<std::string> m_texts;
  std::vector<RowBatch::Cell> m_cells;
};

// "?1" for field 0 of the tuple, and so on.
std::string parameter(std::size_t field);

}  // namespace longshore::store::sqlite
