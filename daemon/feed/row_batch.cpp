#include "feed/row_batch.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace longshore {

std::int64_t record_hash(const Feed& feed, std::span<const RowBatch::Cell> cells, std::string& scratch) {
  scratch.clear();
  for (const std::size_t i : feed.by_name) {
    if (cells[i].null)
      continue;
    scratch += feed.columns[i].name;
    scratch += '\0';
    put_int(scratch, static_cast<std::int32_t>(cells[i].bytes.size()));
    scratch += cells[i].bytes;
  }
  return xxh3(scratch, k_record_hash_version);
}

void RowBatch::add(std::span<const Cell> cells, std::uint32_t file) {
  constexpr std::size_t k_most_bytes = std::size_t{3} << 30;  // a row's place is 32 bits
  if (m_arena.size() > k_most_bytes)
    throw std::length_error{"a window of more than 3 GiB: lower window_bytes"};
  const std::int64_t hash = record_hash(*m_feed, cells, m_scratch);
  Row row;
  row.at = static_cast<std::uint32_t>(m_arena.size());
  row.file = file;

  for (const std::size_t i : m_feed->key)
    put_sortable(m_arena, m_feed->columns[i].type.type, cells[i].bytes);
  put_int(m_arena, hash ^ std::numeric_limits<std::int64_t>::min());
  row.key_size = static_cast<std::uint32_t>(m_arena.size() - row.at);
  row.prefix = get_int<std::uint64_t>(m_arena.data() + row.at);  // a key ends in the eight bytes of the hash

  put_int(m_arena, static_cast<std::int16_t>(cells.size() + 2));
  for (const Cell& cell : cells) {
    put_int(m_arena, cell.null ? std::int32_t{-1} : static_cast<std::int32_t>(cell.bytes.size()));
    if (!cell.null)
      m_arena += cell.bytes;
  }
  put_int(m_arena, std::int32_t{8});
  put_int(m_arena, hash);
  row.tuple_size = static_cast<std::uint32_t>(m_arena.size() - row.at) - row.key_size;
  m_rows.push_back(row);
}

void RowBatch::sort() {
  std::stable_sort(m_rows.begin(), m_rows.end(), [this](const Row& a, const Row& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : key(a) < key(b);
  });
}

void RowBatch::clear() {
  m_arena.clear();
  m_rows.clear();
}

void RowBatch::truncate(std::size_t rows) {
  if (rows >= m_rows.size())
    return;
  m_arena.resize(m_rows[rows].at);
  m_rows.resize(rows);
}

void RowBatch::cells(const Row& row, std::vector<Cell>& out) const {
  out.clear();
  const char* at = tuple(row).data() + 2;
  for (std::size_t i = 0; i <= m_feed->columns.size(); ++i) {
    const auto length = get_int<std::int32_t>(at);
    at += 4;
    out.push_back(length < 0 ? Cell{} : Cell{false, {at, static_cast<std::size_t>(length)}});
    at += std::max(length, 0);
  }
}

}  // namespace longshore
