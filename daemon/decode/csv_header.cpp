#include "decode/csv_header.hpp"

#include "base/text.hpp"
#include "decode/plan.hpp"

#include <algorithm>
#include <charconv>

namespace longshore::decode {
namespace {

// Bytes of a header in a message.
constexpr std::size_t k_shown = 512;

std::string shown_header(const std::vector<std::string>& header) {
  std::string text;
  for (const std::string& name : header) {
    text += (text.empty() ? "" : ", ") + name;
    if (text.size() > k_shown)
      break;
  }
  return escape_clipped(text, k_shown);
}

std::string pointers_of(const Column& column) {
  std::string text;
  for (const std::string& pointer : column.from)
    text += (text.empty() ? "" : " or ") + pointer;
  return text;
}

std::string name_in(const std::string& pointer) { return pointer_tokens(pointer).front(); }

}  // namespace

std::vector<std::optional<std::size_t>> fields_by_name(const Feed& feed, const std::vector<std::string>& header,
                                                       const Input& input, std::size_t offset) {
  std::vector<std::optional<std::size_t>> fields(feed.columns.size());
  for (std::size_t i = 0; i < feed.columns.size(); ++i) {
    const Column& column = feed.columns[i];
    if (column.is_of_file() || column.constant)
      continue;
    for (const std::string& pointer : column.from) {
      const std::string name = name_in(pointer);
      const auto found = std::ranges::find(header, name);
      if (found == header.end())
        continue;
      if (std::find(found + 1, header.end(), name) != header.end())
        throw bad_file(input, offset,
                       "the header names a field twice: \"" + escape_clipped(name, k_shown) + "\", which column \"" +
                           column.name + "\" reads");
      fields[i] = static_cast<std::size_t>(found - header.begin());
      break;
    }
    if (!fields[i] && column.needs_value())
      throw bad_file(input, offset,
                     "the header lacks a required field: column \"" + column.name + "\" reads " +
                         escape_clipped(pointers_of(column), k_shown) + ", the header is: " + shown_header(header))
          .with_hint("check the name, which is case-sensitive, and the delimiter of the feed");
  }
  return fields;
}

std::vector<std::optional<std::size_t>> fields_by_number(const Feed& feed) {
  std::vector<std::optional<std::size_t>> fields(feed.columns.size());
  for (std::size_t i = 0; i < feed.columns.size(); ++i) {
    if (feed.columns[i].is_of_file() || feed.columns[i].constant)
      continue;
    const std::string number = name_in(feed.columns[i].from.front());
    std::size_t field = 0;
    std::from_chars(number.data(), number.data() + number.size(), field);
    fields[i] = field;
  }
  return fields;
}

}  // namespace longshore::decode
