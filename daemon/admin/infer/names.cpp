#include "admin/infer/names.hpp"

#include "base/text.hpp"
#include "feed/feed.hpp"
#include "feed/reserved_names.hpp"

#include <algorithm>
#include <iterator>

namespace longshore::admin {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_digit(c) || is_upper(c) || is_lower(c); }

// Words that end the name of an id, or that occur in the name of a time.
constexpr std::string_view k_id_words[] = {"id",   "uuid",   "guid",  "key",    "code", "vin",
                                           "imei", "serial", "plate", "number", "no",   "nr"};
constexpr std::string_view k_time_words[] = {"time", "date", "timestamp", "ts", "at", "epoch", "day"};

std::string last_word(std::string_view name) {
  const std::string words = identifier_of(name, "");
  return words.substr(words.rfind('_') + 1);
}

// How many bytes from `at` on are a number, a date, a time, or a hexadecimal id.
std::size_t variable_part(std::string_view name, std::size_t at) {
  const bool begins_word = at == 0 || !is_word(name[at - 1]);
  std::size_t end = at;
  bool has_digit = false;
  bool has_letter = false;
  while (end < name.size() && (is_digit(name[end]) || (name[end] >= 'a' && name[end] <= 'f'))) {
    (is_digit(name[end]) ? has_digit : has_letter) = true;
    ++end;
  }
  if (begins_word && has_digit && has_letter && end - at >= 8)
    return end - at;
  end = at;
  while (end < name.size() && is_digit(name[end])) {
    ++end;
    if (end + 1 < name.size() && std::string_view{"T-_:."}.find(name[end]) != std::string_view::npos &&
        is_digit(name[end + 1]))
      ++end;
  }
  if (end < name.size() && end > at && name[end] == 'Z')
    ++end;
  return begins_word || end - at >= 4 ? end - at : 0;
}

// False for what is special in a glob, and for a byte that is not UTF-8, which a declaration cannot contain.
bool is_literal(std::string_view character) {
  return utf8_length(character) > 0 && character.find_first_of("*?[") == std::string_view::npos;
}

}  // namespace

std::string identifier_of(std::string_view text, std::string_view fallback) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_word = is_upper(c) && i > 0 && (is_lower(text[i - 1]) || is_digit(text[i - 1]));
    if ((begins_word || !is_word(c)) && !name.empty() && name.back() != '_')
      name += '_';
    if (is_word(c))
      name += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (name.ends_with('_'))
    name.pop_back();
  if (name.empty())
    return std::string{fallback};
  if (is_digit(name[0]))
    name = std::string{fallback} + "_" + name;
  name.resize(std::min(name.size(), k_longest_identifier));
  return name;
}

std::string pattern_of(std::string_view file_name) {
  const std::string_view name = without_compression(file_name);
  std::string pattern;
  for (std::size_t i = 0; i < name.size();) {
    const std::size_t part = variable_part(name, i);
    if (part == 0) {
      const std::string_view character = name.substr(i, std::max<std::size_t>(utf8_length(name.substr(i)), 1));
      pattern += is_literal(character) ? character : "?";
      i += character.size();
      continue;
    }
    if (!pattern.ends_with('*'))
      pattern += '*';
    i += part;
  }
  return pattern;
}

std::string feed_name_of(std::string_view file_name) {
  std::string pattern = pattern_of(file_name);
  pattern.resize(std::min(pattern.size(), pattern.find('.', 1)));
  return identifier_of(pattern, "feed");
}

bool is_pointer_token(std::string_view name) {
  return !name.empty() && name.find('*') == std::string_view::npos && is_utf8(name);
}

bool is_id_name(std::string_view name) {
  return std::ranges::find(k_id_words, last_word(name)) != std::end(k_id_words);
}

bool is_time_name(std::string_view name) {
  const std::string words = "_" + identifier_of(name, "") + "_";
  return std::ranges::any_of(k_time_words, [&](std::string_view word) {
    return words.find("_" + std::string{word} + "_") != std::string::npos;
  });
}

}  // namespace longshore::admin
