#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace longshore {
namespace {

struct Character {
  std::size_t length = 0;  // 0: invalid UTF-8
  std::uint32_t code = 0;
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character next_character(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80)
    return {1, first};
  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;
  if ((first & 0xE0) == 0xC0)
    length = 2, code = first & 0x1F, least = 0x80;
  else if ((first & 0xF0) == 0xE0)
    length = 3, code = first & 0x0F, least = 0x800;
  else if ((first & 0xF8) == 0xF0)
    length = 4, code = first & 0x07, least = 0x10000;
  if (length == 0 || s.size() < length)
    return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {};
    code = (code << 6) | (byte(i) & 0x3F);
  }
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return {};
  return {length, code};
}

bool is_printable(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F))
    return false;
  if (code == 0x2028 || code == 0x2029 || code == 0xFEFF || code == 0x061C)
    return false;
  // marks, embeddings, overrides and isolates that reorder the text around them (Unicode UAX 9)
  return !(code >= 0x200B && code <= 0x200F) && !(code >= 0x202A && code <= 0x202E) &&
         !(code >= 0x2066 && code <= 0x2069);
}

void append_hex(std::string& out, char c) {
  static constexpr char k_digits[] = "0123456789abcdef";
  const auto byte = static_cast<std::uint8_t>(c);
  out += "\\x";
  out += k_digits[byte >> 4];
  out += k_digits[byte & 15];
}

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

// Appends the escaped form of the first character of `bytes`; returns how many bytes it took.
std::size_t escape_one(std::string& out, std::string_view bytes) {
  const Character c = next_character(bytes);
  if (c.length == 0) {
    append_hex(out, bytes[0]);
    return 1;
  }
  if (c.code == '\\')
    out += "\\\\";
  else if (is_printable(c.code))
    out.append(bytes.substr(0, c.length));
  else
    for (std::size_t i = 0; i < c.length; ++i)
      append_hex(out, bytes[i]);
  return c.length;
}

// Returns how many bytes at the start need no escape. In most names that is all bytes.
std::size_t plain_length(std::string_view bytes) {
  std::size_t n = 0;
  while (n < bytes.size() && bytes[n] >= ' ' && bytes[n] < 0x7F && bytes[n] != '\\')
    ++n;
  return n;
}

}  // namespace

std::string escape(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t plain = plain_length(bytes);
    out += bytes.substr(0, plain);
    bytes.remove_prefix(plain);
    if (!bytes.empty())
      bytes.remove_prefix(escape_one(out, bytes));
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.starts_with('\\')) {
      out += '\\';
      text.remove_prefix(1);
    } else if (!text.empty()) {
      text.remove_prefix(escape_one(out, text));
    }
  }
  return out;
}

std::string escape_clipped(std::string_view bytes, std::size_t limit) {
  std::string out;
  while (!bytes.empty()) {
    std::string one;
    const std::size_t taken = escape_one(one, bytes);
    if (out.size() + one.size() > limit)
      return out + "…";
    out += one;
    bytes.remove_prefix(taken);
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
      out += '\\';
      i += 1;
    } else if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hex_value(text[i + 2]) >= 0 &&
               hex_value(text[i + 3]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 2]) * 16 + hex_value(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::size_t utf8_length(std::string_view text) { return next_character(text).length; }

bool is_utf8(std::string_view text) {
  for (std::size_t length = 0; !text.empty(); text.remove_prefix(length))
    if (length = utf8_length(text); length == 0)
      return false;
  return true;
}

std::string_view clip_utf8(std::string_view text, std::size_t limit) {
  if (text.size() <= limit)
    return text;
  while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xC0) == 0x80)
    --limit;
  return text.substr(0, limit);
}

std::string human_bytes(double bytes) {
  static constexpr std::array<const char*, 5> k_units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < k_units.size()) {
    bytes /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || bytes >= 99.95 ? "%.0f %s" : "%.1f %s", bytes, k_units[unit]);
  return text.data();
}

std::string human_count(unsigned long long count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string short_duration(std::uint64_t milliseconds) {
  struct Unit {
    std::uint64_t size;
    const char* name;
  };
  static constexpr std::array k_units = {Unit{86'400'000, "days"}, Unit{3'600'000, "h"}, Unit{60'000, "min"},
                                         Unit{1000, "s"}};
  // use a unit only from 2 on: "90 s" is more precise than "1 min"
  for (const Unit& unit : k_units)
    if (milliseconds >= 2 * unit.size)
      return std::to_string(milliseconds / unit.size) + " " + unit.name;
  return std::to_string(milliseconds) + " ms";
}

}  // namespace longshore
