#include "admin/infer/declaration.hpp"

#include "admin/infer/names.hpp"
#include "base/text.hpp"
#include "base/toml_string.hpp"
#include "feed/reserved_names.hpp"

#include <algorithm>

namespace longshore::admin {
namespace {

std::string comment(const std::string& text) { return "# " + escape(text) + "\n"; }

std::string list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out += (out.empty() ? "" : ", ") + toml_string(text);
  return "[" + out + "]";
}

std::string form_text(const CsvForm& form) {
  std::string text = "format  = \"csv\"\n";
  if (form.delimiter != ',')
    text += "delimiter = " + toml_string({&form.delimiter, 1}) + "\n";
  if (!form.quote)
    text += "quote = \"\"\n";
  if (!form.header)
    text += "header = false\n";
  if (!form.final_newline)
    text += comment("a file ends without a line break: its last record may be incomplete") + "final_newline = false\n";
  return text;
}

// That of the feed, unless a declaration cannot use it for a table.
std::string table_name(const std::string& feed) {
  return is_reserved_table(feed) ? ("feed_" + feed).substr(0, k_longest_identifier) : feed;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string column_text(const ProposedColumn& column, std::size_t name_width, std::size_t from_width) {
  std::string text;
  for (const std::string& doubt : column.doubts)
    text += "  " + comment(doubt);
  text += "  { name = " + padded(toml_string(column.name) + ",", name_width + 1) +
          " from = " + padded(toml_string(column.from) + ",", from_width + 1) + " type = " + toml_string(column.type);
  if (!column.required)
    text += ", required = false";
  for (const std::string& option : column.options)
    text += ", " + option;
  return text + " },\n";
}

std::string columns_text(const std::vector<ProposedColumn>& columns) {
  std::size_t name_width = 0;
  std::size_t from_width = 0;
  for (const ProposedColumn& column : columns) {
    name_width = std::max(name_width, toml_string(column.name).size());
    from_width = std::max(from_width, toml_string(column.from).size());
  }
  std::string text = "columns = [\n";
  for (const ProposedColumn& column : columns)
    text += column_text(column, std::min<std::size_t>(name_width, 32), std::min<std::size_t>(from_width, 40));
  return text + "]\n";
}

std::vector<std::string> key_names(const Declaration& declaration) {
  std::vector<std::string> names;
  for (const std::size_t i : declaration.key)
    names.push_back(declaration.columns.columns[i].name);
  return names;
}

}  // namespace

std::string text_of(const Declaration& declaration) {
  std::string text;
  if (!declaration.summary.empty())
    text +=
        comment("Proposed by longshore feeds infer from " + declaration.summary + ". Check names, types and the key.");
  for (const std::string& doubt : declaration.doubts)
    text += comment(doubt);
  for (const std::string& doubt : declaration.columns.doubts)
    text += comment(doubt);
  text += "name    = " + toml_string(declaration.name) + "\nfiles   = " + list(declaration.files) + "\n";
  text += declaration.csv ? form_text(*declaration.csv) : "records = " + list(declaration.records) + "\n";
  text += "table   = " + toml_string(table_name(declaration.name)) + "\n";
  if (!declaration.key_doubt.empty())
    text += comment(declaration.key_doubt);
  return text + "key     = " + list(key_names(declaration)) + "\n" + columns_text(declaration.columns.columns);
}

}  // namespace longshore::admin
