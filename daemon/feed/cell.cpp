#include "feed/cell.hpp"

#include "base/time.hpp"
#include "feed/numeric.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace longshore {
namespace {

struct TypeRow {
  Type type;
  std::string_view name;
  std::int32_t oid;
};

constexpr std::array<TypeRow, 9> k_types{{
    {Type::text, "text", 25},
    {Type::integer, "integer", 23},
    {Type::bigint, "bigint", 20},
    {Type::numeric, "numeric", 1700},
    {Type::real, "double", 701},
    {Type::boolean, "boolean", 16},
    {Type::timestamp, "timestamp", 1184},  // timestamptz
    {Type::date, "date", 1082},
    {Type::jsonb, "jsonb", 3802},
}};

const TypeRow& row_of(Type type) { return k_types[static_cast<std::size_t>(type)]; }

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> text;
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void append_scalar(std::string& out, Type type, std::string_view cell) {
  switch (type) {
  case Type::text:
    out.append(cell);
    return;
  case Type::integer:
    return append_number(out, get_int<std::int32_t>(cell.data()));
  case Type::bigint:
    return append_number(out, get_int<std::int64_t>(cell.data()));
  case Type::numeric:
    return append_numeric(out, cell);
  case Type::real:
    return append_number(out, get_double(cell.data()));
  case Type::boolean:
    out.append(cell[0] ? "true" : "false");
    return;
  case Type::timestamp:
    return append_time(out, get_int<std::int64_t>(cell.data()));
  case Type::date:
    return append_date(out, get_int<std::int32_t>(cell.data()));
  case Type::jsonb:
    out.append(cell.substr(1));
    return;
  }
}

void append_element(std::string& out, Type type, std::string_view cell) {
  if (type == Type::text)
    return append_json_string(out, cell);
  const bool quoted = type == Type::timestamp || type == Type::date;
  if (quoted)
    out += '"';
  append_scalar(out, type, cell);
  if (quoted)
    out += '"';
}

void append_array(std::string& out, Type type, std::string_view cell) {
  out += '[';
  bool is_first = true;
  for_each_element(cell, [&](bool null, std::string_view element) {
    out += is_first ? "" : ",";
    is_first = false;
    if (null)
      out += "null";
    else
      append_element(out, type, element);
  });
  out += ']';
}

// Parses "(12,2)" or "(12)": a precision from 1 to 1000, the most that PostgreSQL accepts; the scale is at most the
// precision.
std::optional<ColumnType> with_parameters(ColumnType type, std::string_view text) {
  const auto take_number = [&](std::int16_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc{};
  };
  text.remove_prefix(1);
  if (!take_number(type.precision))
    return {};
  if (text.starts_with(',')) {
    text.remove_prefix(text.starts_with(", ") ? 2 : 1);
    if (!take_number(type.scale))
      return {};
  }
  const bool in_range =
      type.precision >= 1 && type.precision <= 1000 && type.scale >= 0 && type.scale <= type.precision;
  return text == ")" && in_range ? std::optional{type} : std::nullopt;
}

}  // namespace

template <class Buffer>
void append_json_string(Buffer& out, std::string_view text) {
  static constexpr char k_digits[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out.append(std::string_view{"\\u00"});
      out.push_back(k_digits[c >> 4]);
      out.push_back(k_digits[c & 15]);
      continue;
    }
    if (c == '"' || c == '\\')
      out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}
template void append_json_string(Bytes& out, std::string_view text);
template void append_json_string(std::string& out, std::string_view text);

std::optional<ColumnType> column_type_named(std::string_view word) {
  ColumnType type;
  type.array = word.ends_with("[]");
  if (type.array)
    word.remove_suffix(2);
  const std::string_view name = word.substr(0, word.find('('));
  const auto row = std::ranges::find(k_types, name, &TypeRow::name);
  if (row == k_types.end())
    return {};
  type.type = row->type;
  if (name.size() == word.size())
    return type;
  return row->type == Type::numeric ? with_parameters(type, word.substr(name.size())) : std::nullopt;
}

std::string type_text(ColumnType type) {
  std::string text{type_name(type.type)};
  if (type.precision > 0)
    text += "(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
  return type.array ? text + "[]" : text;
}

std::string_view type_name(Type type) { return row_of(type).name; }
std::int32_t type_oid(Type type) { return row_of(type).oid; }

int compare_cells(Type type, std::string_view a, std::string_view b) {
  const auto three_way = [](auto x, auto y) { return x < y ? -1 : (y < x ? 1 : 0); };
  switch (type) {
  case Type::integer:
  case Type::date:
    return three_way(get_int<std::int32_t>(a.data()), get_int<std::int32_t>(b.data()));
  case Type::bigint:
  case Type::timestamp:
    return three_way(get_int<std::int64_t>(a.data()), get_int<std::int64_t>(b.data()));
  case Type::real:
    return three_way(get_double(a.data()), get_double(b.data()));
  case Type::numeric:
    return compare_numeric(a, b);
  case Type::text:
  case Type::boolean:
  case Type::jsonb:
    break;
  }
  return a.compare(b);
}

void put_sortable(Bytes& out, Type type, std::string_view cell) {
  constexpr auto k_sign = std::uint64_t{1} << 63;
  switch (type) {
  case Type::text:
    out.append(cell);
    out.push_back('\0');  // NUL ends a text, so "a" sorts before "ab" whatever cell follows; a text contains no NUL
    return;
  case Type::integer:
  case Type::date:
    put_int(out, get_int<std::uint32_t>(cell.data()) ^ 0x8000'0000U);
    return;
  case Type::bigint:
  case Type::timestamp:
    put_int(out, get_int<std::uint64_t>(cell.data()) ^ k_sign);
    return;
  case Type::real: {
    const auto bits = get_int<std::uint64_t>(cell.data());
    put_int(out, bits & k_sign ? ~bits : bits ^ k_sign);
    return;
  }
  case Type::boolean:
    out.append(cell);
    return;
  case Type::numeric:
  case Type::jsonb:
    break;  // not ordered, so never in a key
  }
}

void append_cell_text(std::string& out, ColumnType type, std::string_view cell) {
  if (type.array)
    append_array(out, type.type, cell);
  else
    append_scalar(out, type.type, cell);
}

}  // namespace longshore
