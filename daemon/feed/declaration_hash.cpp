#include "feed/declaration_hash.hpp"

#include "base/digest.hpp"

#include <charconv>
#include <string_view>

namespace longshore {
namespace {

// 32 hexadecimal digits are enough: two declarations of one feed are compared.
constexpr std::size_t k_digits = 32;

void put(std::string& out, std::string_view text) { out.append(std::to_string(text.size())).append(":").append(text); }

void put_number(std::string& out, double number) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// A letter for the type, then the value. A text has its length in front, so no two trees have the same text.
void put(std::string& out, const toml::node& node) {
  if (const auto* table = node.as_table()) {
    out += "t" + std::to_string(table->size()) + ":";
    for (const auto& [key, value] : *table) {  // sorted by key
      put(out, std::string_view{key});
      put(out, value);
    }
  } else if (const auto* array = node.as_array()) {
    out += "a" + std::to_string(array->size()) + ":";
    for (const toml::node& element : *array)
      put(out, element);
  } else if (const auto* text = node.as_string()) {
    out += 's';
    put(out, std::string_view{text->get()});
  } else if (const auto* integer = node.as_integer()) {
    out += "i" + std::to_string(integer->get()) + ";";
  } else if (const auto* real = node.as_floating_point()) {
    out += 'f';
    put_number(out, real->get());
    out += ';';
  } else if (const auto* boolean = node.as_boolean()) {
    out += boolean->get() ? "b1" : "b0";
  } else {  // a date or time: no option takes one
    out += 'd';
  }
}

}  // namespace

std::string declaration_hash(const toml::table& declaration) {
  std::string text;
  put(text, declaration);
  return Sha256::of(text).substr(0, k_digits);
}

}  // namespace longshore
