#include "feed/record_hash.hpp"

#include "base/digest.hpp"
#include "base/time.hpp"
#include "feed/numeric.hpp"

#include <algorithm>
#include <cstring>

namespace longshore {
namespace {

// Whether the canonical value of a cell differs from its bytes.
bool has_other_form(Type type) { return type == Type::integer || type == Type::date || type == Type::numeric; }

void put_whole(Bytes& out, std::int64_t number) {
  char* const at = out.grow(12);
  set_int(at, std::int32_t{8});
  set_int(at + 4, number);
}

void put_numeric_value(Bytes& out, std::string_view cell) {
  if (const auto number = whole_numeric(cell))
    return put_whole(out, *number);
  const std::size_t length_at = out.size();
  out.grow(4);
  put_numeric_identity(out, cell);
  set_int(out.data() + length_at, ~static_cast<std::int32_t>(out.size() - length_at - 4));
}

void put_other_form(Bytes& out, Type type, std::string_view cell) {
  if (type == Type::numeric)
    return put_numeric_value(out, cell);
  const std::int64_t number = get_int<std::int32_t>(cell.data());
  put_whole(out, type == Type::date ? number * k_micros_a_day : number);
}

// The name, a NUL, the length, and the bytes: most cells. One growth of the buffer for all.
void put_named(Bytes& out, std::string_view name, std::string_view cell) {
  char* at = out.grow(name.size() + 5 + cell.size());
  std::memcpy(at, name.data(), name.size());
  at += name.size();
  *at++ = '\0';
  set_int(at, static_cast<std::int32_t>(cell.size()));
  if (!cell.empty())
    std::memcpy(at + 4, cell.data(), cell.size());
}

void put_array(Bytes& out, Type type, std::string_view array) {
  put_int(out, array_count(array));
  if (!has_other_form(type))
    return out.append(array.substr(std::min(array.size(), k_array_head)));
  for_each_element(array, [&](bool null, std::string_view element) {
    if (null)
      put_int(out, std::int32_t{-1});
    else
      put_other_form(out, type, element);
  });
}

}  // namespace

std::int64_t record_hash(const Feed& feed, std::span<const RowBatch::Cell> cells, Bytes& scratch) {
  scratch.clear();
  for (const std::size_t i : feed.by_name) {
    const RowBatch::Cell& cell = cells[i];
    if (cell.null || cell.is_default)
      continue;
    const Column& column = feed.columns[i];
    const ColumnType type = column.type;
    if (!type.array && !has_other_form(type.type)) {
      put_named(scratch, column.name, cell.bytes);
    } else {
      scratch.append(column.name);
      scratch.push_back('\0');
      if (type.array)
        put_array(scratch, type.type, cell.bytes);
      else
        put_other_form(scratch, type.type, cell.bytes);
    }
    if (cell.beyond.empty())
      continue;
    scratch.push_back('\0');
    put_int(scratch, static_cast<std::int32_t>(cell.beyond.size()));
    scratch.append(cell.beyond);
  }
  return xxh3(scratch.view(), 0);
}

}  // namespace longshore
