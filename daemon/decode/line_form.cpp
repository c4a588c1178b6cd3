#include "decode/line_form.hpp"

#include "decode/input.hpp"

#include <algorithm>

namespace longshore::decode {
namespace {

// More lines do not change the answer for any document that a program wrote.
constexpr std::size_t k_most_lines = 32;

constexpr std::string_view k_white_space = " \t\r\n";

// The length of what may stand around a value, at the start of the text.
std::size_t separator_length(std::string_view text) {
  if (text.empty())
    return 0;
  const bool is_one_byte = k_white_space.find(text[0]) != std::string_view::npos || text[0] == k_record_separator;
  return is_one_byte ? 1 : length_of_byte_order_mark(text);
}

std::string_view without_separators(std::string_view line) {
  while (const std::size_t length = separator_length(line))
    line.remove_prefix(length);
  line.remove_suffix(line.size() - std::min(line.size(), line.find_last_not_of(k_white_space) + 1));
  return line;
}

// The length of the string that begins here, with its quotes; 0 if it does not end in its line.
std::size_t string_length(std::string_view text) {
  for (std::size_t i = 1; (i = text.find_first_of("\"\\\n", i)) != std::string_view::npos; i += 2)
    if (text[i] != '\\')
      return text[i] == '"' ? i + 1 : 0;
  return 0;
}

// Calls `member` with each string of the outermost objects that a colon follows. Returns the number of objects and
// arrays, 0 if there is anything else.
template <class Member>
std::size_t walk_values(std::string_view text, Member member) {
  std::size_t values = 0;
  std::size_t depth = 0;
  for (text = without_separators(text); !text.empty();) {
    const char c = text[0];
    std::size_t length = 1;
    if (depth == 0 && c != '{' && c != '[')
      return 0;
    if (c == '"') {
      length = string_length(text);
      if (length == 0)
        return 0;
      if (depth == 1 && without_separators(text.substr(length)).starts_with(':'))
        member(text.substr(1, length - 2));
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      values += --depth == 0 ? 1 : 0;
    }
    text.remove_prefix(length);
    if (depth == 0)
      text = without_separators(text);
  }
  return depth == 0 ? values : 0;
}

// Lines of records consist of whole objects, usually one, without a member that leads to the feed's records.
enum class LineKind { record, other_values, broken };
LineKind kind_of(std::string_view line, const Place& root) {
  bool leads_to_records = false;
  const std::size_t values = walk_values(line, [&](std::string_view name) {
    const Place* place = root.member(name);
    leads_to_records = leads_to_records || (place && place->leads_to_records);
  });
  if (values == 0)
    return LineKind::broken;
  const bool is_of_objects = line.starts_with('{') && line.ends_with('}');
  return is_of_objects && !leads_to_records ? LineKind::record : LineKind::other_values;
}

}  // namespace

bool has_record_per_line(std::string_view beginning, const Place& root) {
  const bool is_whole = beginning.size() < k_look_ahead;
  const std::string_view document = beginning;
  std::size_t lines = 0;
  std::size_t record_lines = 0;
  std::size_t broken_lines = 0;
  bool is_more = false;  // another line begins, of which the end is not there
  while (!beginning.empty() && lines < k_most_lines) {
    const std::size_t end = std::min(beginning.find('\n'), beginning.size());
    const std::string_view line = without_separators(beginning.substr(0, end));
    is_more = end == beginning.size() && !is_whole && !line.empty();
    beginning.remove_prefix(std::min(end + 1, beginning.size()));
    if (line.empty() || is_more)
      continue;
    ++lines;
    const LineKind kind = kind_of(line, root);
    record_lines += kind == LineKind::record ? 1 : 0;
    broken_lines += kind == LineKind::broken ? 1 : 0;
  }
  if (lines + (is_more ? 1 : 0) < 2)
    return false;
  const bool is_all = is_whole && beginning.empty();
  const bool has_enough = is_all ? 2 * record_lines >= lines : 2 * record_lines > lines;
  // lines that are broken alone, but whole together, are a value over several lines
  return has_enough && !(is_all && broken_lines > 0 && count_values(document) > 0);
}

std::size_t count_values(std::string_view text) {
  return walk_values(text, [](std::string_view) {});
}

}  // namespace longshore::decode
