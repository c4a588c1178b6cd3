#include "admin/export/row_text.hpp"

#include <cstddef>

namespace longshore::admin {
namespace {

// A blank at either end is data too; other programs may trim it.
bool needs_quotes(std::string_view text) {
  return text.empty() || text.front() == ' ' || text.back() == ' ' ||
         text.find_first_of(std::string_view{",\"\r\n"}) != std::string_view::npos;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t quote; (quote = text.find('"')) != std::string_view::npos; text.remove_prefix(quote + 1)) {
    out += text.substr(0, quote + 1);
    out += '"';
  }
  out += text;
  out += '"';
}

bool may_need_quotes(ColumnType type) { return type.array || type.type == Type::text || type.type == Type::jsonb; }

void append_field(std::string& out, ColumnType type, std::string_view text) {
  if (may_need_quotes(type) && needs_quotes(text))
    append_quoted(out, text);
  else
    out += text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end]))
    ++end;
  return end - at;
}

// RFC 8259. NaN and infinity are no numbers there, nor is what a table of SQLite that is not strict may contain.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0'))
    return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t decimals = digits_at(text, at + 1);
    if (decimals == 0)
      return false;
    at += 1 + decimals;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    at += at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 2 : 1;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0)
      return false;
    at += exponent;
  }
  return at == text.size();
}

bool is_json(ColumnType type, std::string_view text) {
  if (type.array || type.type == Type::jsonb)
    return true;
  if (type.type == Type::boolean)
    return text == "true" || text == "false";
  return is_number(type.type) && is_json_number(text);
}

// Copies what needs no escape in one piece: most texts.
void append_string(std::string& out, std::string_view text) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  for (const char c : text)
    if (!is_plain(c))
      return append_json_string(out, text);
  out += '"';
  out += text;
  out += '"';
}

}  // namespace

std::string_view format_name(RowFormat format) { return format == RowFormat::csv ? "csv" : "ndjson"; }

RowText::RowText(RowFormat format, std::span<const std::string> names, std::span<const ColumnType> types)
    : m_format(format), m_types(types.begin(), types.end()) {
  for (const std::string& name : names) {
    std::string key = m_keys.empty() ? "{" : ",";
    append_json_string(key, name);
    m_keys.push_back(key + ":");
    if (format == RowFormat::csv) {
      m_header += m_header.empty() ? "" : ",";
      append_field(m_header, {}, name);
    }
  }
  if (format == RowFormat::csv)
    m_header += '\n';
}

void RowText::append(std::string& out, store::TextRow row) const {
  if (m_format == RowFormat::csv)
    append_csv(out, row);
  else
    append_ndjson(out, row);
  out += '\n';
}

// A row always has file_id, so a line is never blank.
void RowText::append_csv(std::string& out, store::TextRow row) const {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0)
      out += ',';
    if (row[i])
      append_field(out, m_types[i], *row[i]);
  }
}

void RowText::append_ndjson(std::string& out, store::TextRow row) const {
  for (std::size_t i = 0; i < row.size(); ++i) {
    out += m_keys[i];
    if (!row[i])
      out += "null";
    else if (is_json(m_types[i], *row[i]))
      out += *row[i];
    else
      append_string(out, *row[i]);
  }
  out += '}';
}

}  // namespace longshore::admin
