// A row's cells as parameters of an SQLite statement.
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

  // ?1 … are the feed's columns, then record_hash, then file_id: the fields of a COPY tuple. A statement may leave some out,
  // but not file_id. Texts are not copied by SQLite: they live until the next call.
  void bind(SQLite::Statement& statement, const RowBatch& window, const RowBatch::Row& row, std::int64_t file_id);

 private:
  const Feed* m_feed;
  std::vector<std::string> m_texts;
  std::vector<RowBatch::Cell> m_cells;
};

// "?1, ?2 …" for fields by their number in the tuple, from 0.
std::string parameter(std::size_t field);

}  // namespace longshore::store::sqlite
