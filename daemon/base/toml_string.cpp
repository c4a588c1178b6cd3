#include "base/toml_string.hpp"

#include "base/text.hpp"

#include <spdlog/fmt/fmt.h>

namespace longshore {
namespace {

// Of a valid UTF-8 character.
unsigned code_point(std::string_view character) {
  if (character.size() == 1)
    return static_cast<unsigned char>(character[0]);
  unsigned code = static_cast<unsigned char>(character[0]) & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

std::string toml_escape(unsigned code) {
  return code > 0xFFFF ? fmt::format("\\U{:08X}", code) : fmt::format("\\u{:04X}", code);
}

}  // namespace

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(character.size());
    if (length == 0)
      out += "\\uFFFD";
    else if (character == "\"" || character == "\\")
      (out += '\\') += character;
    else if (escape(character) == character)
      out += character;
    else
      out += toml_escape(code_point(character));
  }
  return out + "\"";
}

}  // namespace longshore
