// The cells that are equal in every record of a file: those of columns with from = "name" or "path".
// "path" gives its path below the landing directory, "name" the last part of it; both with the suffix of its
// compression.
#pragma once

#include "base/bytes.hpp"
#include "feed/feed.hpp"
#include "feed/row_batch.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

class FileCells {
 public:
  // The feed must outlive it.
  explicit FileCells(const Feed& feed);

  // Call at the start of each file, with its path below the landing directory, not escaped. Throws
  // Error{bad_file} if the name gives a column no valid value: every record would be rejected.
  void begin_file(std::string_view file_name);

  // Sets the cells of these columns in a row that has a cell for each column of the feed. They are valid until the next
  // begin_file().
  void put(std::span<RowBatch::Cell> row) const {
    for (const FileCell& cell : m_cells)
      row[cell.column] = cell.value;
  }

 private:
  struct FileCell {
    std::size_t column = 0;
    RowBatch::Cell value;
    Bytes bytes;
    Bytes beyond;
  };

  const Feed& m_feed;
  std::vector<FileCell> m_cells;
};

// The values that a file's name gives to these columns, as a JSON array of strings in the order of the columns; null for
// a value that is not valid. "" if the feed has no such column. Two files with equal bytes and other values are two
// contents.
std::string name_values(const Feed& feed, std::string_view file_name);

}  // namespace longshore::decode
