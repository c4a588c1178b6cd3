#include "feed/read_csv.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace longshore {
namespace {

constexpr std::array<std::string_view, 5> k_keys = {"format", "delimiter", "quote", "header", "final_newline"};

bool is_one_byte(std::string_view text) {
  return text.size() == 1 && static_cast<signed char>(text[0]) > 0 && text != "\n" && text != "\r";
}

void read_delimiter(const toml::node& value, CsvForm& form) {
  const std::string text = read_string(value, "delimiter");
  if (!is_one_byte(text))
    throw DeclarationFault{value.source(), "delimiter \"" + shown(text) + "\" is not one ASCII character",
                           R"(for example "," ";" "|" or "\t")"};
  form.delimiter = text[0];
}

void read_quote(const toml::node& value, CsvForm& form) {
  const std::string text = read_string(value, "quote");
  if (!text.empty() && !is_one_byte(text))
    throw DeclarationFault{value.source(), "quote \"" + shown(text) + "\" is not one ASCII character",
                           R"(for example '"' or "'"; "" if fields are never quoted)"};
  form.quote = text.empty() ? std::nullopt : std::optional{text[0]};
}

void read_header(const toml::node& value, CsvForm& form) {
  form.header = read_bool(value, "header", "true is the default");
}

void read_final_newline(const toml::node& value, CsvForm& form) {
  form.final_newline = read_bool(value, "final_newline", "true is the default");
}

struct CsvOption {
  std::string_view name;
  void (*read)(const toml::node& value, CsvForm& form);
};

constexpr std::array<CsvOption, 4> k_options = {{
    {"delimiter", read_delimiter},
    {"quote", read_quote},
    {"header", read_header},
    {"final_newline", read_final_newline},
}};

bool is_csv(const toml::table& root) {
  const toml::node* format = root.get("format");
  if (!format)
    return false;
  const std::string word = read_string(*format, "format");
  if (word != "json" && word != "csv")
    throw DeclarationFault{format->source(), "unknown format \"" + shown(word) + "\"",
                           "\"json\" (the default) or \"csv\""};
  return word == "csv";
}

bool is_field_number(std::string_view token) {
  return !token.empty() && token.size() <= 5 && (token[0] != '0' || token.size() == 1) &&
         std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; });
}

// Alternatives are names of a header; of numbered fields the first one would always be taken.
void check_alternatives(const CsvForm& form, const toml::node& node, const Column& column) {
  if (!form.header && column.from.size() > 1)
    throw DeclarationFault{node.source(),
                           "column \"" + column.name + "\" has several pointers, but the files have no header",
                           "name one field: from = \"" + shown(column.from[0]) + "\""};
}

void check_pointer(const CsvForm& form, const toml::node& node, const Column& column, const std::string& pointer) {
  const std::string what = "column \"" + column.name + "\" has from \"" + shown(pointer) + "\"";
  if (pointer.find('/', 1) != std::string::npos)
    throw DeclarationFault{node.source(), what + ", but a CSV record has no nested values",
                           "name one field: \"/region\"; a slash in its name is written ~1"};
  if (!form.header && !is_field_number(std::string_view{pointer}.substr(1)))
    throw DeclarationFault{node.source(), what + ", but the files have no header",
                           R"(number the fields: "/0" is the first one)"};
}

void check_column(const CsvForm& form, const toml::node& node, const Column& column) {
  if (column.is_rest())
    throw DeclarationFault{node.source(),
                           "column \"" + column.name + "\" takes the rest of a record, which CSV does not have",
                           "declare a column for each field that you need"};
  if (column.type.array)
    throw DeclarationFault{node.source(), "column \"" + column.name + "\" is an array, which CSV does not have",
                           "type = \"" + std::string{type_name(column.type.type)} + "\", or \"text\""};
  if (column.is_of_file())
    return;
  check_alternatives(form, node, column);
  for (const std::string& pointer : column.from)
    check_pointer(form, node, column, pointer);
}

}  // namespace

std::span<const std::string_view> csv_keys() { return k_keys; }

std::optional<CsvForm> read_csv_form(const toml::table& root) {
  const bool csv = is_csv(root);
  CsvForm form;
  for (const CsvOption& option : k_options) {
    const toml::node* value = root.get(option.name);
    if (!value)
      continue;
    if (!csv)
      throw DeclarationFault{value->source(), std::string{option.name} + " is an option of CSV files",
                             "format = \"csv\""};
    option.read(*value, form);
  }
  if (!csv)
    return {};
  if (form.quote == form.delimiter)
    throw DeclarationFault{root.source(), "delimiter and quote are the same character", "choose two"};
  if (const toml::node* records = root.get("records"))
    throw DeclarationFault{records->source(), "records does not apply to CSV files", "remove it: each row is a record"};
  return form;
}

void check_csv_columns(const Feed& feed, const toml::array& nodes) {
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    check_column(*feed.csv, nodes[i], feed.columns[i]);
}

}  // namespace longshore
