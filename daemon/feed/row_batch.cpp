#include "feed/row_batch.hpp"

#include "feed/record_hash.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace longshore {
namespace {

// Number of fields, the cells with their lengths, and the hash with its length.
std::uint32_t tuple_size(std::span<const RowBatch::Cell> cells) {
  std::size_t size = 2 + 12;
  for (const RowBatch::Cell& cell : cells)
    size += 4 + (cell.null ? 0 : cell.bytes.size());
  return static_cast<std::uint32_t>(size);
}

}  // namespace

void RowBatch::add(std::span<const Cell> cells, std::uint32_t file) {
  constexpr std::size_t k_most_bytes = std::size_t{3} << 30;  // offsets of rows have 32 bits
  if (m_arena.size() > k_most_bytes)
    throw std::length_error{"a window is larger than 3 GiB: lower window_bytes"};
  const std::int64_t hash = record_hash(*m_feed, cells, m_scratch);
  Row row;
  row.at = static_cast<std::uint32_t>(m_arena.size());
  row.file = file;

  for (const std::size_t i : m_feed->key)
    put_sortable(m_arena, m_feed->columns[i].type.type, cells[i].bytes);
  put_int(m_arena, hash ^ std::numeric_limits<std::int64_t>::min());
  row.key_size = static_cast<std::uint32_t>(m_arena.size() - row.at);

  row.tuple_size = tuple_size(cells);
  char* at = m_arena.grow(row.tuple_size);
  set_int(at, static_cast<std::int16_t>(cells.size() + 2));
  at += 2;
  for (const Cell& cell : cells) {
    set_int(at, cell.null ? std::int32_t{-1} : static_cast<std::int32_t>(cell.bytes.size()));
    at += 4;
    if (cell.null || cell.bytes.empty())
      continue;
    std::memcpy(at, cell.bytes.data(), cell.bytes.size());
    at += cell.bytes.size();
  }
  set_int(at, std::int32_t{8});
  set_int(at + 4, hash);
  m_rows.push_back(row);
}

void RowBatch::add(const RowBatch& other, const Row& row, std::uint32_t file) {
  Row& own = m_rows.emplace_back(row);
  own.file = file;
  own.at = static_cast<std::uint32_t>(m_arena.size());
  m_arena.append(other.key(row));
  m_arena.append(other.tuple(row));
}

// Length of the common prefix of all keys.
std::size_t RowBatch::common_prefix() const {
  std::string_view common = key(m_rows[0]);
  for (const Row& row : m_rows) {
    const std::string_view other = key(row);
    if (!other.starts_with(common))
      common = common.substr(0, static_cast<std::size_t>(std::ranges::mismatch(common, other).in1 - common.begin()));
  }
  return common.size();
}

// The eight bytes after the common prefix of all keys decide most comparisons. Reading the keys in the arena would miss
// the cache each time, so only rows with equal prefixes are compared there.
void RowBatch::sort() {
  if (m_rows.empty())
    return;
  const std::size_t common = common_prefix();
  for (Row& row : m_rows) {
    std::array<char, 8> bytes{};
    key(row).substr(common).copy(bytes.data(), bytes.size());
    row.prefix = get_int<std::uint64_t>(bytes.data());
  }
  std::ranges::stable_sort(m_rows, {}, &Row::prefix);
  for (auto begin = m_rows.begin(); begin != m_rows.end();) {
    const auto end = std::find_if(begin, m_rows.end(), [&](const Row& row) { return row.prefix != begin->prefix; });
    if (end - begin > 1)
      std::stable_sort(begin, end, [this](const Row& a, const Row& b) { return key(a) < key(b); });
    begin = end;
  }
}

void RowBatch::clear() {
  m_arena.clear();
  m_rows.clear();
}

void RowBatch::truncate(std::size_t rows) {
  if (rows >= m_rows.size())
    return;
  m_arena.shrink(m_rows[rows].at);
  m_rows.resize(rows);
}

bool RowBatch::has_repeats() const {
  return std::ranges::adjacent_find(m_rows, [this](const Row& a, const Row& b) { return same(a, b); }) != m_rows.end();
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
