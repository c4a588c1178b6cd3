// A window: rows of one feed in memory until they are sent. All rows are in one arena; a row is its sort key and its
// tuple. The tuple is a COPY BINARY tuple without the last field, file_id, which is known only once the ledger row
// exists.
#pragma once

#include "base/bytes.hpp"
#include "feed/cell.hpp"
#include "feed/feed.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace longshore {

class RowBatch {
 public:
  struct Row {
    std::uint64_t prefix = 0;  // eight bytes of the sort key, set by sort(): they decide most comparisons
    std::uint32_t at = 0;      // offset of the sort key in the arena
    std::uint32_t key_size = 0;
    std::uint32_t tuple_size = 0;
    std::uint32_t file = 0;  // index of the file in the batch, assigned by the owner
  };

  explicit RowBatch(const Feed& feed) : m_feed(&feed) {}

  const Feed& feed() const { return *m_feed; }
  std::span<const Row> rows() const { return m_rows; }
  std::size_t size() const { return m_rows.size(); }
  bool empty() const { return m_rows.empty(); }
  std::size_t bytes() const { return m_arena.size(); }

  // Adds one row from the cells of the columns, in the order of their declaration. Computes record_hash.
  struct Cell {
    bool null = true;
    std::string_view bytes;
    // Digits of times beyond the microsecond, see append_cell(); they enter record_hash, but are not stored.
    std::string_view beyond = {};
    bool is_default = false;  // not read from the record: does not enter record_hash
  };
  void add(std::span<const Cell> cells, std::uint32_t file);

  // Copies a row of another batch of this feed.
  void add(const RowBatch& other, const Row& row) { add(other, row, row.file); }
  // The same, for another file.
  void add(const RowBatch& other, const Row& row, std::uint32_t file);

  // Sorts by key and record_hash; equal rows keep their order.
  void sort();
  void clear();
  // Keeps only the first `rows` rows. Call it before sort().
  void truncate(std::size_t rows);
  // Removes the rows of files for which `keep` returns false.
  template <class Keep>
  void keep_files(Keep keep) {
    std::erase_if(m_rows, [&](const Row& row) { return !keep(row.file); });
  }

  std::string_view key(const Row& row) const { return {m_arena.data() + row.at, row.key_size}; }
  // int16 number of fields (the columns, record_hash, file_id), then each field except file_id as int32 length and
  // bytes.
  std::string_view tuple(const Row& row) const { return {m_arena.data() + row.at + row.key_size, row.tuple_size}; }
  // Whether two rows have the same key and record_hash: duplicates.
  bool same(const Row& a, const Row& b) const { return a.prefix == b.prefix && key(a) == key(b); }
  // Whether any rows are duplicates; call after sort().
  bool has_repeats() const;
  // The fields of a row: the feed's columns in order, then record_hash. Replaces `out`.
  void cells(const Row& row, std::vector<Cell>& out) const;

 private:
  std::size_t common_prefix() const;

  const Feed* m_feed;
  Bytes m_arena;
  std::vector<Row> m_rows;
  Bytes m_scratch;
};

}  // namespace longshore
