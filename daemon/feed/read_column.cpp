// The options of a column, as one table. Only this file knows their names. To add an option, add a member to Column and
// a row to the table.
#include "feed/read_column.hpp"

#include "base/units.hpp"
#include "feed/reserved_names.hpp"
#include "feed/toml_cell.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

namespace longshore {
namespace {

bool is_any(ColumnType) { return true; }
bool is_text(ColumnType column) { return column.type == Type::text; }
bool is_time(ColumnType column) { return column.type == Type::timestamp || column.type == Type::date; }
bool is_scalar_time(ColumnType column) { return !column.array && is_time(column); }
bool has_limits(ColumnType column) { return is_number(column.type) || is_time(column); }
bool is_scalar(ColumnType column) { return !column.array && column.type != Type::jsonb; }
bool is_not_jsonb(ColumnType column) { return column.type != Type::jsonb; }

void read_name(const toml::node& value, Column& column) {
  column.name = read_identifier(value, "column");
  if (is_reserved_column(column.name))
    throw DeclarationFault{value.source(), "column \"" + column.name + "\" is reserved", "choose another name"};
}

void read_type(const toml::node& value, Column& column) {
  const std::string word = read_string(value, "type");
  const auto type = column_type_named(word);
  if (!type || *type == ColumnType{Type::jsonb, true})
    throw DeclarationFault{
        value.source(), "unknown type \"" + shown(word) + "\"",
        "text integer bigint numeric(12,2) double boolean timestamp date jsonb, or an array of a scalar such as text[]"};
  // SQLite stores arrays as text; a short element such as 1e-1000 would become a thousand bytes of it
  constexpr int k_most_element_digits = 100;
  if (type->type == Type::numeric && type->array && (type->precision == 0 || type->precision > k_most_element_digits))
    throw DeclarationFault{value.source(), "type \"" + shown(word) + "\": an array needs a precision of at most 100",
                           "for example numeric(12,2)[]"};
  column.type = *type;
}

void read_from(const toml::node& value, Column& column) { column.from = read_strings(value, "from"); }

void read_required(const toml::node& value, Column& column) {
  column.required = read_bool(value, "required", "true is the default");
}

void read_coerce(const toml::node& value, Column& column) {
  column.coerce = read_bool(value, "coerce", "false is the default");
}

void read_empty(const toml::node& value, Column& column) {
  if (const std::string word = read_string(value, "empty"); word != "null")
    throw DeclarationFault{value.source(), "empty \"" + shown(word) + "\" is unknown",
                           "empty = \"null\" reads \"\" as null; without it \"\" is a text"};
  column.empty_is_null = true;
}

void read_default(const toml::node& value, Column& column) { column.fallback = toml_cell(value, column, "default"); }
void read_value(const toml::node& value, Column& column) { column.constant = toml_cell(value, column, "value"); }

void check_default(const toml::node& value, const Column& column) {
  check_limits(value, column, *column.fallback, "default");
}
void check_value(const toml::node& value, const Column& column) {
  check_limits(value, column, *column.constant, "value");
}

// A list of accepted values, or a table that renames: { "v" = "view" }.
void read_values(const toml::node& value, Column& column) {
  if (const toml::table* names = value.as_table()) {
    for (const auto& [name, cell] : *names)
      column.value_names.emplace(name.str(), toml_cell(cell, column, "an element of values"));
  } else if (const toml::array* list = value.as_array()) {
    for (const toml::node& element : *list)
      column.value_list.push_back(toml_cell(element, column, "an element of values"));
    std::ranges::sort(column.value_list);
  }
  if (column.value_names.empty() && column.value_list.empty())
    throw DeclarationFault{value.source(), "values is neither a list nor a table with elements",
                           "values = [\"view\", \"click\"], or values = { v = \"view\", c = \"click\" } to rename"};
}

void read_match(const toml::node& value, Column& column) {
  const std::string text = read_string(value, "match");
  std::string fault;
  column.match = Pattern::compile(text, fault);
  if (!column.match)
    throw DeclarationFault{value.source(), "match \"" + shown(text) + "\" is not a regular expression: " + shown(fault),
                           "the syntax is RE2's; in TOML, write it in single quotes: match = '^([a-z]+)-'"};
}

void read_max_length(const toml::node& value, Column& column) {
  column.max_length = static_cast<std::size_t>(read_count(value, "max_length"));
}

double read_bound(const toml::node& value, std::string_view name) {
  if (const auto bound = value.value<double>(); bound && std::isfinite(*bound))
    return *bound;
  throw DeclarationFault{value.source(), std::string{name} + " is not a number",
                         "for example " + std::string{name} + " = 0"};
}

bool has_double_bounds(ColumnType column) { return column.type == Type::integer || column.type == Type::real; }

void read_min(const toml::node& value, Column& column) {
  if (has_double_bounds(column.type))
    column.min = read_bound(value, "min");
  else
    column.min_cell = toml_cell(value, column, "min");
}

// Runs after both are read.
void check_max(const toml::node& value, const Column& column) {
  const bool is_crossed =
      (column.min && column.max && *column.max < *column.min) ||
      (column.min_cell && column.max_cell && compare_cells(column.type.type, *column.max_cell, *column.min_cell) < 0);
  if (is_crossed)
    throw DeclarationFault{value.source(), "max is less than min", "no value fits: change one of the two"};
}

void read_max(const toml::node& value, Column& column) {
  if (has_double_bounds(column.type))
    column.max = read_bound(value, "max");
  else
    column.max_cell = toml_cell(value, column, "max");
}

constexpr std::string_view k_formats_hint = "unix unix_ms unix_us unix_ns rfc3339, or a strptime pattern such as "
                                            "\"%d.%m.%Y %H:%M:%S\"; longshore-feed(5) lists the conversions";

void read_format(const toml::node& value, Column& column) {
  for (const std::string& text : read_strings(value, "format")) {
    std::string fault;
    const auto format = TimeFormat::parse(text, fault);
    if (!format)
      throw DeclarationFault{value.source(), "format \"" + shown(text) + "\" " + fault, std::string{k_formats_hint}};
    column.formats.push_back(*format);
  }
}

void read_timezone(const toml::node& value, Column& column) {
  const std::string name = read_string(value, "timezone");
  column.zone = TimeZone::load(name);
  if (!column.zone)
    throw DeclarationFault{
        value.source(), "unknown time zone \"" + shown(name) + "\"",
        "a name below /usr/share/zoneinfo, such as Europe/Berlin; if they are missing, install the package "
        "tzdata and restart longshore"};
}

void check_timezone(const toml::node& value, const Column& column) {
  if (column.type.type == Type::timestamp && !column.formats.empty() &&
      std::ranges::all_of(column.formats, &TimeFormat::names_zone))
    throw DeclarationFault{value.source(), "timezone has no effect: every format of the column names its zone",
                           "remove timezone"};
}

void read_max_future(const toml::node& value, Column& column) {
  const std::string text = read_string(value, "max_future");
  const auto limit = parse_duration(text);
  if (!limit && text != "off")
    throw DeclarationFault{value.source(), "max_future \"" + shown(text) + "\" is not a duration",
                           "for example \"1d\", \"2h\", or \"off\" for no limit"};
  column.max_future = limit ? std::chrono::microseconds{*limit}.count() : k_any_future;
}

bool is_pointer(const std::string& pointer) {
  const auto star = pointer.find('*');
  const bool has_one_whole_star =
      star == std::string::npos || (star == pointer.rfind('*') && star > 1 && pointer[star - 1] == '/' &&
                                    (star + 1 == pointer.size() || pointer[star + 1] == '/'));
  return pointer.size() >= 2 && pointer[0] == '/' && !pointer.ends_with('/') && has_one_whole_star;
}

// Whether the levels lead to an object around the records is checked with the feed's `records`.
void check_relative(const toml::node& value, const Column& column, const std::string& text,
                    const RelativePointer& relative) {
  const std::string pointer{relative.pointer};
  if (!is_pointer(pointer) || pointer.find('*') != std::string::npos)
    throw DeclarationFault{value.source(), "from \"" + shown(text) + "\" is not a Relative JSON Pointer to one value",
                           "for example \"2/device_id\": the member of the object that holds the array of records"};
  if (column.type.array || column.type.type == Type::jsonb)
    throw DeclarationFault{value.source(),
                           "column \"" + column.name + "\" reads from outside the record, but is " +
                               (column.type.array ? "an array" : "jsonb"),
                           "a column with from = \"" + shown(text) + "\" has a scalar type: type = \"text\""};
}

void check_from(const toml::node& value, const Column& column) {
  if (column.is_rest()) {
    if (column.type != ColumnType{Type::jsonb, false})
      throw DeclarationFault{value.source(),
                             "column \"" + column.name + "\" takes the rest of a record, but is not jsonb",
                             "a column with from = \"*\" has type = \"jsonb\""};
    return;
  }
  if (column.is_of_file()) {
    if (column.type.array || column.type.type == Type::jsonb)
      throw DeclarationFault{value.source(),
                             "column \"" + column.name + "\" takes the file's name, but is " +
                                 (column.type.array ? "an array" : "jsonb"),
                             "a column with from = \"" + column.from[0] + "\" has a scalar type: type = \"text\""};
    return;
  }
  const auto goes_through_array = [](const std::string& pointer) { return !array_prefix(pointer).empty(); };
  if (column.type.array && std::ranges::none_of(column.from, goes_through_array))
    throw DeclarationFault{value.source(), "column \"" + column.name + "\" is an array, but its pointer has no \"*\"",
                           "name the elements: from = \"" + shown(column.from[0]) + "/*\""};
  for (const std::string& pointer : column.from) {
    if (const auto relative = relative_pointer(pointer)) {
      check_relative(value, column, pointer, *relative);
      continue;
    }
    if (!is_pointer(pointer))
      throw DeclarationFault{
          value.source(), "from \"" + shown(pointer) + "\" is not a JSON Pointer into a record",
          "for example \"/vehicle_id\", \"/gps/lat\", \"/detections/*/object_type\"; or one word alone: \"*\" for the rest, "
          "\"name\" for the file's name"};
    if (goes_through_array(pointer) && !column.type.array)
      throw DeclarationFault{value.source(),
                             "column \"" + column.name + "\" goes through an array but has a scalar type",
                             "type = \"" + std::string{type_name(column.type.type)} + "[]\""};
  }
}

struct ColumnOption {
  std::string_view name;
  bool is_needed;
  bool goes_with_value;  // may stand in a column with `value`, which reads nothing
  // Which types of column it applies to, and their names for the message.
  bool (*applies_to)(ColumnType type);
  std::string_view types;
  // Sets the member of Column; throws a DeclarationFault. Options are read in the order of the table, so `type` is
  // known after its row.
  void (*read)(const toml::node& value, Column& column);
  // Checks the value against the column's other options, after all are read; throws a DeclarationFault. nullptr: no
  // check.
  void (*check)(const toml::node& value, const Column& column);
};

// clang-format off
constexpr ColumnOption k_options[] = {
    // name, needed, goes with `value`, applies to, types for the message, read, check
    {"name", true, true, is_any, "all", read_name, nullptr},
    {"type", true, true, is_any, "all", read_type, nullptr},
    {"from", false, false, is_any, "all", read_from, check_from},
    {"required", false, true, is_any, "all", read_required, nullptr},
    {"empty", false, false, is_any, "all", read_empty, nullptr},
    {"match", false, false, is_not_jsonb, "all types but jsonb", read_match, nullptr},
    {"coerce", false, false, is_any, "all", read_coerce, nullptr},
    {"format", false, false, is_time, "timestamp and date", read_format, nullptr},
    {"timezone", false, true, is_time, "timestamp and date", read_timezone, check_timezone},
    {"max_length", false, true, is_text, "text", read_max_length, nullptr},
    {"min", false, true, has_limits, "numbers, timestamp and date", read_min, nullptr},
    {"max", false, true, has_limits, "numbers, timestamp and date", read_max, check_max},
    {"max_future", false, false, is_scalar_time, "timestamp and date", read_max_future, nullptr},
    {"values", false, false, is_not_jsonb, "all types but jsonb", read_values, nullptr},
    {"default", false, false, is_scalar, "all types but arrays and jsonb", read_default, check_default},
    {"value", false, true, is_scalar, "all types but arrays and jsonb", read_value, check_value},
};
// clang-format on

// Every column but a constant is read from somewhere; a constant is read from nowhere.
void check_source(const toml::table& table, const Column& column) {
  if (!column.constant) {
    need(table, "from", "a column has name, type and from, or name, type and value");
    return;
  }
  for (const ColumnOption& option : k_options)
    if (const toml::node* value = table.get(option.name); value && !option.goes_with_value)
      throw DeclarationFault{value->source(),
                             "column \"" + column.name + "\" has value and " + std::string{option.name},
                             "value is the same in every record: remove " + std::string{option.name} +
                                 ", or use default for records without a value"};
}

}  // namespace

Column read_column(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (!table)
    throw DeclarationFault{node.source(), "a column is not a table",
                           "{ name = \"…\", from = \"/…\", type = \"text\" }"};
  std::vector<std::string_view> names;
  std::ranges::transform(k_options, std::back_inserter(names), &ColumnOption::name);
  allow_keys(*table, names);

  Column column;
  for (const ColumnOption& option : k_options) {
    const toml::node* value = table->get(option.name);
    if (!value && option.is_needed)
      need(*table, option.name, "a column has name, type and from");
    if (!value)
      continue;
    if (!option.applies_to(column.type))
      throw DeclarationFault{value->source(), std::string{option.name} + " does not apply to this type of column",
                             std::string{option.name} + " is for " + std::string{option.types}};
    option.read(*value, column);
  }
  check_source(*table, column);
  for (const ColumnOption& option : k_options)
    if (const toml::node* value = table->get(option.name); value && option.check)
      option.check(*value, column);
  return column;
}

}  // namespace longshore
