#include "feed/toml_values.hpp"

#include "base/text.hpp"
#include "feed/reserved_names.hpp"

#include <algorithm>

namespace longshore {

std::string shown(std::string_view text) { return escape_clipped(text, 256); }

std::string read_string(const toml::node& node, const std::string& what) {
  if (const auto* text = node.as_string())
    return text->get();
  throw DeclarationFault{node.source(), what + " is not a string", "write it in quotes"};
}

std::vector<std::string> read_strings(const toml::node& node, const std::string& what) {
  std::vector<std::string> out;
  if (const toml::array* array = node.as_array())
    for (const toml::node& element : *array)
      out.push_back(read_string(element, "an element of " + what));
  else
    out.push_back(read_string(node, what));
  if (out.empty())
    throw DeclarationFault{node.source(), what + " is empty", "give at least one value"};
  return out;
}

bool read_bool(const toml::node& node, const std::string& what, const std::string& hint) {
  if (const auto truth = node.value_exact<bool>())
    return *truth;
  throw DeclarationFault{node.source(), what + " is neither true nor false", hint};
}

std::uint64_t read_count(const toml::node& node, const std::string& what) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 0)
    throw DeclarationFault{node.source(), what + " is not a whole number of 0 or more",
                           "for example " + what + " = 100"};
  return static_cast<std::uint64_t>(*value);
}

std::string read_identifier(const toml::node& node, const std::string& what) {
  std::string text = read_string(node, what);
  const bool well_formed =
      !text.empty() && text.size() <= k_longest_identifier && !(text[0] >= '0' && text[0] <= '9') &&
      std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!well_formed)
    throw DeclarationFault{node.source(), what + " \"" + shown(text) + "\" is not a plain identifier",
                           "a-z, 0-9 and _, not beginning with a digit, at most 48 characters"};
  return text;
}

void allow_keys(const toml::table& table, std::span<const std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known, key.str()) != known.end())
      continue;
    std::string hint = "valid keys:";
    for (const std::string_view word : known)
      (hint += ' ') += word;
    throw DeclarationFault{key.source(), "unknown key \"" + shown(key.str()) + "\"", hint};
  }
}

const toml::node& need(const toml::table& table, std::string_view key, std::string_view hint) {
  if (const toml::node* node = table.get(key))
    return *node;
  throw DeclarationFault{table.source(), "\"" + std::string{key} + "\" is missing", std::string{hint}};
}

}  // namespace longshore
