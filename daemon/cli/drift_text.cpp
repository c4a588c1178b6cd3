#include "cli/drift_text.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/plan.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string_view>

namespace longshore::cli {
namespace {

constexpr std::size_t k_longest_name = 48;

// Of a UTF-8 character.
unsigned code_point(std::string_view character) {
  if (character.size() == 1)
    return static_cast<unsigned char>(character[0]);
  unsigned code = static_cast<unsigned char>(character[0]) & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

// In quotes. What is not printable becomes an escape.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::string_view character = text.substr(0, std::max<std::size_t>(utf8_length(text), 1));
    text.remove_prefix(character.size());
    if (character == "\"" || character == "\\")
      (out += '\\') += character;
    else if (escape(character) == character)
      out += character;
    else
      out += fmt::format("\\U{:08X}", code_point(character));
  }
  return out + "\"";
}

// The last member's name as an identifier.
std::string column_name(const std::string& path) {
  std::string name;
  for (const std::string& token : decode::pointer_tokens(path))
    if (token != "*")
      name = token;
  for (char& c : name) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    c = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9'))
    name.insert(0, "m_");
  return name.substr(0, k_longest_name);
}

std::string unused(std::string name, const std::vector<std::string>& used) {
  const std::string wanted = name;
  for (int i = 2; std::ranges::find(used, name) != used.end(); ++i)
    name = wanted.substr(0, k_longest_name - 4) + "_" + std::to_string(i);
  return name;
}

std::string comment_of(const store::DriftRow& row) {
  std::string text = human_count(row.records) + (row.records == 1 ? " record" : " records");
  text += row.first_file_id == row.last_file_id
              ? ", file " + std::to_string(row.first_file_id)
              : ", files " + std::to_string(row.first_file_id) + " to " + std::to_string(row.last_file_id);
  return row.type == "null" ? text + ", always null" : text;
}

}  // namespace

std::vector<store::DriftRow> unread_by(const Feed& feed, std::vector<store::DriftRow> rows) {
  const decode::Plan plan{feed};
  std::erase_if(rows, [&](const store::DriftRow& row) { return plan.reads(unescape(row.path)); });
  return rows;
}

std::string drift_text(const Feed& feed, const std::vector<store::DriftRow>& rows) {
  if (rows.empty())
    return "no drift\n";
  std::vector<std::string> used = {"record_hash", "file_id"};
  for (const Column& column : feed.columns)
    used.push_back(column.name);
  std::string text;
  for (const store::DriftRow& row : rows) {
    const bool is_array = row.path.find("/*") != std::string::npos;
    if (is_array && row.type == "jsonb") {
      text += "  # " + row.path + " is jsonb in each element, which no column can take: " + comment_of(row) + "\n";
      continue;
    }
    used.push_back(unused(column_name(unescape(row.path)), used));
    const std::string type = (row.type == "null" ? "text" : row.type) + (is_array ? "[]" : "");
    text += "  { name = \"" + used.back() + "\", from = " + toml_string(unescape(row.path)) + ", type = \"" + type +
            "\", required = false },  # " + comment_of(row) + "\n";
  }
  return text;
}

Listing drift_listing(const std::vector<store::DriftRow>& rows) {
  Listing listing{
      {{"feed"}, {"path"}, {"type"}, {"records"}, {"first_file_id"}, {"last_file_id"}, {"first_seen"}, {"last_seen"}},
      Format::json};
  for (const store::DriftRow& row : rows)
    listing.add({row.feed, row.path, row.type, as_value(row.records), row.first_file_id, row.last_file_id,
                 format_time(row.first_seen), format_time(row.last_seen)});
  return listing;
}

}  // namespace longshore::cli
