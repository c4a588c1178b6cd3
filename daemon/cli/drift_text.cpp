#include "cli/drift_text.hpp"

#include "admin/infer/names.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/toml_string.hpp"
#include "decode/plan.hpp"
#include "feed/reserved_names.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

namespace longshore::cli {
namespace {

// The last member's name as an identifier.
std::string column_name(const std::string& path) {
  std::string name;
  for (const std::string& token : decode::pointer_tokens(path))
    if (token != "*")
      name = token;
  return admin::identifier_of(name, "value");
}

// The alternatives of the columns that go through an array; nullptr if there are none.
const std::vector<std::string>* alternatives_of(const Feed& feed, std::string_view array) {
  const auto begins_with_it = [&](const Column& column) { return array_prefix(column.from[0]) == array; };
  const auto has_it = [&](const Column& column) {
    return std::ranges::find(column.from, array, array_prefix) != column.from.end();
  };
  for (const Column& column : feed.columns)
    if (!column.from.empty() && begins_with_it(column))
      return &column.from;
  const auto other = std::ranges::find_if(feed.columns, has_it);
  return other == feed.columns.end() ? nullptr : &other->from;
}

// `from` of a column for the member at `path`. Columns that go through one array have the same alternatives.
std::vector<std::string> pointers_to(const Feed& feed, const std::string& path) {
  const std::string_view array = array_prefix(path);
  const auto* alternatives = array.empty() ? nullptr : alternatives_of(feed, array);
  if (!alternatives)
    return {path};
  const std::string below = path.substr(array.size() + 2);
  std::vector<std::string> pointers;
  for (const std::string& alternative : *alternatives) {
    const std::string_view other = array_prefix(alternative);
    pointers.push_back(other.empty() ? below : std::string{other} + "/*" + below);
  }
  return pointers;
}

std::string from_text(const std::vector<std::string>& pointers) {
  if (pointers.size() == 1)
    return toml_string(pointers[0]);
  std::string text;
  for (const std::string& pointer : pointers)
    text += (text.empty() ? "[" : ", ") + toml_string(pointer);
  return text + "]";
}

// Why no column can take a member; "" if one can.
std::string_view obstacle(const store::DriftRow& row, const std::string& path) {
  if (!array_prefix(path).empty() && row.type == "jsonb")
    return "is jsonb in each element, which no column can take";
  return is_utf8(path) ? "" : "has a name that is not UTF-8, which no declaration can contain";
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
  if (feed.csv)
    return "the fields of CSV are not compared with the columns\n";
  if (rows.empty())
    return "no drift\n";
  std::set<std::string, std::less<>> used;
  for (const Column& column : feed.columns)
    used.insert(column.name);
  std::string text;
  for (const store::DriftRow& row : rows) {
    const std::string path = unescape(row.path);
    if (const std::string_view reason = obstacle(row, path); !reason.empty()) {
      text += "  # " + row.path + " " + std::string{reason} + ": " + comment_of(row) + "\n";
      continue;
    }
    const std::string name =
        unused_column_name(column_name(path), [&](std::string_view other) { return used.contains(other); });
    used.insert(name);
    const std::string type = (row.type == "null" ? "text" : row.type) + (array_prefix(path).empty() ? "" : "[]");
    text += "  { name = \"" + name + "\", from = " + from_text(pointers_to(feed, path)) + ", type = \"" + type +
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
