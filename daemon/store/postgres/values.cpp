#include "store/postgres/values.hpp"

#include "base/time.hpp"
#include "feed/cell.hpp"
#include "feed/numeric.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace longshore::store::postgres {
namespace {

// pg_type.oid, fixed for the built-in types
constexpr pqxx::oid k_bool = 16, k_int8 = 20, k_int2 = 21, k_int4 = 23, k_text = 25, k_float4 = 700, k_float8 = 701,
                    k_timestamptz = 1184, k_numeric = 1700;

constexpr std::array<std::pair<pqxx::oid, Type>, 8> k_arrays{{
    {1000, Type::boolean},
    {1007, Type::integer},
    {1009, Type::text},
    {1016, Type::bigint},
    {1022, Type::real},
    {1182, Type::date},
    {1185, Type::timestamp},
    {1231, Type::numeric},
}};

template <class Number>
Number number_of(const std::string& text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Parses "2022-06-05 21:02:34.546+00", the format of the session's settings. Empty for infinity.
std::optional<std::int64_t> micros_of(std::string text) {
  if (text.size() < 13 || !text.ends_with("+00"))
    return {};
  text[10] = 'T';
  return parse_time(text + ":00").micros;
}

// Keeps the number of decimals that the text shows.
void put_numeric_text(std::string& cell, const std::string& text) {
  const auto point = text.find('.');
  const auto decimals = point == std::string::npos ? 0 : text.size() - point - 1;
  put_numeric(cell, parse_decimal(text).value_or(Decimal{}),
              {.type = Type::numeric, .precision = 1, .scale = static_cast<std::int16_t>(decimals)});
}

std::string cell_of(Type type, const std::string& text) {
  std::string cell;
  switch (type) {
  case Type::integer:
    put_int(cell, number_of<std::int32_t>(text));
    break;
  case Type::bigint:
    put_int(cell, number_of<std::int64_t>(text));
    break;
  case Type::numeric:
    put_numeric_text(cell, text);
    break;
  case Type::real:
    put_double(cell, number_of<double>(text));
    break;
  case Type::boolean:
    cell = text == "t" ? '\1' : '\0';
    break;
  case Type::timestamp:
    put_int(cell, micros_of(text).value_or(0));
    break;
  case Type::date:
    put_int(cell, parse_date(text).days.value_or(0));
    break;
  case Type::text:
  case Type::jsonb:
    cell = text;
    break;
  }
  return cell;
}

std::string array_text(Type type, const pqxx::field& field) {
  std::string elements;
  std::int32_t count = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  auto parser = field.as_array();  // 6.4 does not have the replacement of 7.x
#pragma GCC diagnostic pop
  for (;;) {
    const auto [juncture, text] = parser.get_next();
    if (juncture == pqxx::array_parser::juncture::done)
      break;
    if (juncture == pqxx::array_parser::juncture::null_value) {
      put_int(elements, std::int32_t{-1});
    } else if (juncture == pqxx::array_parser::juncture::string_value) {
      const std::string cell = cell_of(type, text);
      put_int(elements, static_cast<std::int32_t>(cell.size()));
      elements += cell;
    } else {
      continue;
    }
    ++count;
  }
  std::string cell;
  for (const std::int32_t head : {std::int32_t{count > 0}, std::int32_t{1}, type_oid(type), count, std::int32_t{1}})
    put_int(cell, head);
  std::string out;
  append_cell_text(out, {type, true}, cell + elements);
  return out;
}

// A sum() or avg(). A whole number beyond int64 stays a text.
Value computed_number(const std::string& text) {
  if (text.find('.') != std::string::npos)
    return number_of<double>(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? Value{number} : Value{text};
}

Value value_of(const pqxx::field& field, pqxx::oid type) {
  if (field.is_null())
    return std::monostate{};
  for (const auto& [oid, element] : k_arrays)
    if (oid == type)
      return array_text(element, field);
  return scalar_of({field.c_str(), field.size()}, type);
}

// A numeric column of a table is read as its exact text, as SQLite stores it; a computed one is a number.
pqxx::oid type_of(const pqxx::result& result, pqxx::row::size_type column) {
  const pqxx::oid type = result.column_type(column);
  return type == k_numeric && result.column_table(column) != pqxx::oid_none ? k_text : type;
}

}  // namespace

Value scalar_of(std::string text, pqxx::oid type) {
  switch (type) {
  case k_bool:
    return std::int64_t{text == "t"};
  case k_int2:
  case k_int4:
  case k_int8:
    return number_of<std::int64_t>(text);
  case k_float4:
  case k_float8:
    return number_of<double>(text);
  case k_numeric:
    return computed_number(text);
  case k_timestamptz:
    if (const auto micros = micros_of(text))
      return format_time(*micros);
    return text;
  default:
    return text;
  }
}

std::vector<std::optional<std::string>> texts_of(Params params) {
  std::vector<std::optional<std::string>> texts;
  for (const Value& value : params)
    if (std::holds_alternative<std::monostate>(value))
      texts.emplace_back();
    else
      texts.emplace_back(as_text(value));
  return texts;
}

Rows rows_of(const pqxx::result& result) {
  Rows rows;
  std::vector<pqxx::oid> types;
  for (int i = 0; i < static_cast<int>(result.columns()); ++i) {
    rows.columns.emplace_back(result.column_name(static_cast<pqxx::row::size_type>(i)));
    types.push_back(type_of(result, static_cast<pqxx::row::size_type>(i)));
  }
  if (types.empty())
    rows.affected =
        static_cast<std::uint64_t>(result.affected_rows());  // for a select this would be the number of its rows
  for (const auto& row : result) {
    auto& values = rows.rows.emplace_back();
    for (std::size_t i = 0; i < types.size(); ++i)
      values.push_back(value_of(row[static_cast<pqxx::row::size_type>(i)], types[i]));
  }
  return rows;
}

}  // namespace longshore::store::postgres
