#include "feed/toml_cell.hpp"

#include "feed/column_time.hpp"
#include "feed/numeric.hpp"

#include <cmath>
#include <limits>
#include <sstream>

namespace longshore {
namespace {

// Why the value is refused, and an example of a right one.
struct Refusal {
  std::string what;
  std::string_view example;
};

std::string text_cell(const toml::node& node) {
  const auto* text = node.as_string();
  if (!text || text->get().find('\0') != std::string::npos)
    throw Refusal{"is not a text", "\"unknown\""};
  return text->get();
}

// Of an integer, or of a float without decimals: 1e12.
std::optional<std::int64_t> whole_value(const toml::node& node) {
  constexpr double k_exact = 9007199254740992;  // 2^53
  if (const auto number = node.value_exact<double>())
    return std::trunc(*number) == *number && std::abs(*number) <= k_exact
               ? std::optional{static_cast<std::int64_t>(*number)}
               : std::nullopt;
  return node.value_exact<std::int64_t>();
}

template <class Int>
std::string whole_cell(const toml::node& node) {
  const auto number = whole_value(node);
  if (!number)
    throw Refusal{"is not a whole number", "0"};
  if (*number < std::numeric_limits<Int>::min() || *number > std::numeric_limits<Int>::max())
    throw Refusal{"does not fit into the column", "0"};
  std::string cell;
  put_int(cell, static_cast<Int>(*number));
  return cell;
}

std::string real_cell(const toml::node& node) {
  const auto number = node.value<double>();
  if (!number || !std::isfinite(*number))
    throw Refusal{"is not a number", "0.5"};
  std::string cell;
  put_double(cell, *number);
  return cell;
}

// The shortest text of a TOML float is the one that was written, unless it has more than 15 digits.
std::string decimal_text(const toml::node& node) {
  if (const auto* text = node.as_string())
    return text->get();
  std::string text;
  if (const auto whole = node.value_exact<std::int64_t>())
    return std::to_string(*whole);
  if (node.is_floating_point())
    append_cell_text(text, {Type::real, false}, real_cell(node));
  return text;
}

std::string numeric_cell(const toml::node& node, ColumnType type) {
  const auto number = parse_decimal(decimal_text(node));
  if (!number)
    throw Refusal{"is not a number", "\"0.50\""};
  if (const auto fault = numeric_fault(*number, type))
    throw Refusal{std::string{fault->text}, "0"};
  std::string cell;
  put_numeric(cell, *number, type);
  return cell;
}

std::string boolean_cell(const toml::node& node) {
  const auto truth = node.value_exact<bool>();
  if (!truth)
    throw Refusal{"is neither true nor false", "false"};
  return std::string(1, *truth ? '\1' : '\0');
}

// The text of a string, date or date-time.
std::string time_text(const toml::node& node) {
  if (const auto* text = node.as_string())
    return text->get();
  std::ostringstream out;
  if (const auto* time = node.as_date_time())
    out << time->get();
  else if (const auto* date = node.as_date())
    out << date->get();
  return out.str();
}

std::string timestamp_cell(const toml::node& node, const Column& column) {
  const ParsedTime time = in_zone_of(column, parse_time(time_text(node)));
  if (!time.micros)
    throw Refusal{std::string{time.fault}, "2026-01-01T00:00:00Z"};
  std::string cell;
  put_int(cell, *time.micros);
  return cell;
}

std::string date_cell(const toml::node& node) {
  const ParsedDate date = parse_date(time_text(node));
  if (!date.days)
    throw Refusal{std::string{date.fault}, "2026-01-01"};
  std::string cell;
  put_int(cell, *date.days);
  return cell;
}

std::string cell_of(const toml::node& node, const Column& column) {
  switch (column.type.type) {
  case Type::text:
    return text_cell(node);
  case Type::integer:
    return whole_cell<std::int32_t>(node);
  case Type::bigint:
    return whole_cell<std::int64_t>(node);
  case Type::numeric:
    return numeric_cell(node, column.type);
  case Type::real:
    return real_cell(node);
  case Type::boolean:
    return boolean_cell(node);
  case Type::timestamp:
    return timestamp_cell(node, column);
  case Type::date:
    return date_cell(node);
  case Type::jsonb:
    break;
  }
  throw Refusal{"is jsonb", "…"};  // not reached: no option with a value applies to jsonb
}

double number_of(Type type, std::string_view cell) {
  return type == Type::integer ? get_int<std::int32_t>(cell.data()) : get_double(cell.data());
}

std::string_view broken_limit(const Column& column, std::string_view cell) {
  const Type type = column.type.type;
  if (type == Type::text && cell.size() > column.max_length)
    return "is longer than max_length";
  if ((column.min && number_of(type, cell) < *column.min) ||
      (column.min_cell && compare_cells(type, cell, *column.min_cell) < 0))
    return "is less than min";
  if ((column.max && number_of(type, cell) > *column.max) ||
      (column.max_cell && compare_cells(type, cell, *column.max_cell) > 0))
    return "is more than max";
  return {};
}

}  // namespace

void check_limits(const toml::node& node, const Column& column, std::string_view cell, const std::string& option) {
  if (const std::string_view broken = broken_limit(column, cell); !broken.empty())
    throw DeclarationFault{node.source(), option + " " + std::string{broken}, "change " + option + " or the limit"};
}

std::string toml_cell(const toml::node& node, const Column& column, const std::string& option) {
  try {
    return cell_of(node, column);
  } catch (const Refusal& refusal) {
    throw DeclarationFault{node.source(), option + " " + refusal.what,
                           "for example " + option + " = " + std::string{refusal.example}};
  }
}

}  // namespace longshore
