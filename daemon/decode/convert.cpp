#include "decode/convert.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/canonical_json.hpp"
#include "decode/coerce.hpp"
#include "feed/column_time.hpp"
#include "feed/numeric.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <utility>

namespace longshore::decode {
namespace {

constexpr std::size_t k_quoted = 64;

std::string quoted(const Scalar& value) {
  switch (value.kind) {
  case Scalar::Kind::null:
    return "null";
  case Scalar::Kind::boolean:
    return value.truth ? "true" : "false";
  case Scalar::Kind::number:
  case Scalar::Kind::not_finite:
    return escape_clipped(value.text, k_quoted);
  case Scalar::Kind::string:
    return "\"" + escape_clipped(value.text, k_quoted) + "\"";
  }
  return {};
}

// The parser passes an escaped lone surrogate on as the three bytes ED A0..BF xx, which are not UTF-8.
bool has_lone_surrogate(std::string_view text) {
  for (std::size_t i = 0; (i = text.find('\xED', i)) != std::string_view::npos; ++i)
    if (i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xA0)
      return true;
  return false;
}

std::optional<ReasonKind> text_fault(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    return reason::k_has_nul;
  if (has_lone_surrogate(text))
    return reason::k_has_lone_surrogate;
  return {};
}

bool refuse(Reason& reason, ReasonKind kind, std::string values = {}) {
  reason = {kind, std::move(values)};
  return false;
}

bool refuse_value(Reason& reason, ReasonKind kind, const Scalar& value) {
  return refuse(reason, kind, ": " + quoted(value));
}

bool append_text(const Column& column, const Scalar& value, Bytes& out, Reason& reason) {
  if (value.kind != Scalar::Kind::string)
    return refuse_value(reason, reason::k_not_string, value);
  if (value.text.empty())
    return refuse(reason, reason::k_empty);
  if (value.text.size() > column.max_length)
    return refuse(reason, reason::k_longer_than_max,
                  ": " + std::to_string(value.text.size()) + " > " + std::to_string(column.max_length) + " bytes, " +
                      quoted(value));
  if (value.had_escape)
    if (const auto fault = text_fault(value.text))
      return refuse(reason, *fault);
  out.append(value.text);
  return true;
}

std::string bound_text(ColumnType type, std::string_view cell) {
  std::string text;
  append_cell_text(text, {type.type, false}, cell);
  return text;
}

std::string bound_text(double bound) {
  std::string cell;
  put_double(cell, bound);
  return bound_text({Type::real, false}, cell);
}

bool is_within_bounds(const Column& column, double number, const Scalar& value, Reason& reason) {
  if (column.min && number < *column.min)
    return refuse(reason, reason::k_less_than_min, ": " + quoted(value) + " < " + bound_text(*column.min));
  if (column.max && number > *column.max)
    return refuse(reason, reason::k_more_than_max, ": " + quoted(value) + " > " + bound_text(*column.max));
  return true;
}

// The same for the types whose limits are cells.
bool is_within_bounds(const Column& column, std::string_view cell, const Scalar& value, Reason& reason) {
  const Type type = column.type.type;
  if (column.min_cell && compare_cells(type, cell, *column.min_cell) < 0)
    return refuse(reason, reason::k_less_than_min,
                  ": " + quoted(value) + " < " + bound_text(column.type, *column.min_cell));
  if (column.max_cell && compare_cells(type, cell, *column.max_cell) > 0)
    return refuse(reason, reason::k_more_than_max,
                  ": " + quoted(value) + " > " + bound_text(column.type, *column.max_cell));
  return true;
}

template <class Int>
bool append_whole(const Column& column, const Scalar& value, Bytes& out, Reason& reason) {
  if (value.kind != Scalar::Kind::number)
    return refuse_value(reason, reason::k_not_integer, value);
  Int number = 0;
  const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  if (error == std::errc::result_out_of_range)
    return refuse_value(reason, sizeof(Int) == 4 ? reason::k_beyond_integer : reason::k_beyond_bigint, value);
  if (error != std::errc{} || end != value.text.data() + value.text.size())
    return refuse_value(reason, reason::k_not_integer, value);
  put_int(out, number);
  if constexpr (sizeof(Int) == 8)
    return is_within_bounds(column, out.view().substr(out.size() - sizeof(Int)), value, reason);
  else
    return is_within_bounds(column, static_cast<double>(number), value, reason);
}

bool append_numeric(const Column& column, const Scalar& value, Bytes& out, Reason& reason) {
  const auto number = value.kind == Scalar::Kind::number ? parse_decimal(value.text) : std::nullopt;
  if (!number)
    return refuse_value(reason, reason::k_not_number, value);
  if (const auto fault = numeric_fault(*number, column.type))
    return refuse_value(reason, *fault, value);
  const std::size_t begin = out.size();
  put_numeric(out, *number, column.type);
  return is_within_bounds(column, out.view().substr(begin), value, reason);
}

bool append_real(const Column& column, const Scalar& value, Bytes& out, Reason& reason) {
  if (value.kind != Scalar::Kind::number)
    return refuse_value(reason, reason::k_not_number, value);
  double number = 0;
  const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  if (error != std::errc{})
    return refuse_value(reason, reason::k_beyond_double, value);
  if (end != value.text.data() + value.text.size())
    return refuse_value(reason, reason::k_not_number, value);  // a name that only begins like a number
  if (!is_within_bounds(column, number, value, reason))
    return false;
  put_double(out, number);
  return true;
}

bool append_boolean(const Scalar& value, Bytes& out, Reason& reason) {
  if (value.kind != Scalar::Kind::boolean)
    return refuse_value(reason, reason::k_not_boolean, value);
  out.push_back(value.truth ? '\1' : '\0');
  return true;
}

void put_beyond(const Column& column, std::uint16_t nanos, std::size_t at, Bytes& beyond) {
  if (column.type.array)
    put_int(beyond, static_cast<std::uint32_t>(at));
  put_int(beyond, nanos);
}

// Whether a column's options let a number be a time.
bool may_be_time(const Column& column, const Scalar& value) {
  return value.kind == Scalar::Kind::string || (value.kind == Scalar::Kind::number && !column.formats.empty());
}

bool append_time(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason) {
  if (!may_be_time(column, value))
    return refuse_value(reason, reason::k_not_time, value);
  const ParsedTime time = column.is_plain ? parse_time(value.text) : read_time(column, value.text);
  if (!time.micros)
    return refuse_value(reason, {"format", time.fault}, value);
  if (time.nanos != 0)
    put_beyond(column, time.nanos, out.size(), beyond);
  put_int(out, *time.micros);
  return is_within_bounds(column, out.view().substr(out.size() - 8), value, reason);
}

bool append_date(const Column& column, const Scalar& value, Bytes& out, Reason& reason) {
  if (!may_be_time(column, value))
    return refuse_value(reason, reason::k_not_date, value);
  const ParsedDate date = read_date(column, value.text);
  if (!date.days)
    return refuse_value(reason, {"format", date.fault}, value);
  put_int(out, *date.days);
  return is_within_bounds(column, out.view().substr(out.size() - 4), value, reason);
}

bool append_typed(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason) {
  switch (column.type.type) {
  case Type::text:
    return append_text(column, value, out, reason);
  case Type::integer:
    return append_whole<std::int32_t>(column, value, out, reason);
  case Type::bigint:
    return append_whole<std::int64_t>(column, value, out, reason);
  case Type::numeric:
    return append_numeric(column, value, out, reason);
  case Type::real:
    return append_real(column, value, out, reason);
  case Type::boolean:
    return append_boolean(value, out, reason);
  case Type::timestamp:
    return append_time(column, value, out, beyond, reason);
  case Type::date:
    return append_date(column, value, out, reason);
  case Type::jsonb:
    break;
  }
  return refuse(reason, {"type", "is jsonb"});  // not reached: callers store its source text
}

// Of a column whose `values` is a table: the cell that stands for the value.
bool append_named(const Column& column, const Scalar& value, Bytes& out, Reason& reason) {
  const auto found = column.value_names.find(source_text(value));
  if (found == column.value_names.end())
    return refuse_value(reason, reason::k_not_in_values, value);
  out.append(found->second);
  return true;
}

bool append_with_options(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason) {
  if (!column.value_names.empty() && value.kind != Scalar::Kind::not_finite)
    return append_named(column, value, out, reason);
  const std::size_t begin = out.size();
  CoercedText space;
  const bool is_coerced = column.coerce || value.is_untyped;
  if (!append_typed(column, is_coerced ? coerced(column.type.type, value, space) : value, out, beyond, reason))
    return false;
  if (!column.value_list.empty() &&
      !std::ranges::binary_search(column.value_list, out.view().substr(begin), std::less<std::string_view>{}))
    return refuse_value(reason, reason::k_not_in_values, value);
  return true;
}

bool append_json(const Scalar& value, Bytes& out, Reason& reason) {
  if (const auto fault = jsonb_fault(value))
    return refuse(reason, *fault);
  out.push_back('\1');  // jsonb's version
  if (value.kind == Scalar::Kind::string)
    append_json_string(out, value.text);
  else if (value.kind == Scalar::Kind::number)
    append_canonical_number(value.text, out);
  else
    out.append(source_text(value));
  return true;
}

}  // namespace

bool select_value(const Column& column, Scalar& value, Reason& reason) {
  if (column.empty_is_null && value.kind == Scalar::Kind::string && value.text.empty())
    value = {};
  if (!column.match || value.kind == Scalar::Kind::null || value.kind == Scalar::Kind::not_finite)
    return true;
  std::optional<std::string_view> part;
  if (!column.match->find(source_text(value), part))
    return refuse_value(reason, reason::k_no_match, value);
  value = part ? Scalar{Scalar::Kind::string, *part, false, value.had_escape, true} : Scalar{};
  return true;
}

bool append_cell(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason) {
  if (column.is_plain)
    return append_typed(column, value, out, beyond, reason);
  return append_with_options(column, value, out, beyond, reason);
}

Outcome read_value(const Column& column, const Scalar& value, Bytes& out, Bytes& beyond, Reason& reason) {
  Scalar selected = value;
  if (!column.is_plain && !select_value(column, selected, reason))
    return Outcome::refused;
  if (selected.kind == Scalar::Kind::null) {
    reason = {reason::k_null, {}};
    return column.needs_value() ? Outcome::refused : Outcome::null;
  }
  const bool is_read = column.type.type == Type::jsonb ? append_json(selected, out, reason)
                                                       : append_cell(column, selected, out, beyond, reason);
  return is_read ? Outcome::cell : Outcome::refused;
}

std::optional<ReasonKind> jsonb_fault(const Scalar& value) {
  if (value.kind == Scalar::Kind::string)
    return text_fault(value.text);
  if (value.kind == Scalar::Kind::not_finite)
    return reason::k_has_not_finite;
  if (value.kind != Scalar::Kind::number)
    return {};
  constexpr std::int64_t k_most_decimals = 16383;
  const auto exponent_at = std::min(value.text.find_first_of("eE"), value.text.size());
  const auto point = value.text.substr(0, exponent_at).find('.');
  const auto decimals = point == std::string_view::npos ? 0 : static_cast<std::int64_t>(exponent_at - point - 1);
  std::int64_t exponent = 0;
  if (exponent_at < value.text.size()) {
    const char* begin = value.text.data() + exponent_at + 1;
    begin += *begin == '+' ? 1 : 0;
    if (std::from_chars(begin, value.text.data() + value.text.size(), exponent).ec != std::errc{})
      return reason::k_beyond_numeric;
    if (exponent < -k_most_decimals)
      return reason::k_beyond_numeric;  // also keeps the difference below in range
  }
  return decimals - exponent > k_most_decimals ? std::optional{reason::k_beyond_numeric} : std::nullopt;
}

}  // namespace longshore::decode
