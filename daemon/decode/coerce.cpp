#include "decode/coerce.hpp"

#include "base/decimal.hpp"

#include <charconv>

namespace longshore::decode {
namespace {

bool is_text_or_number(const Scalar& value) {
  return value.kind == Scalar::Kind::string || value.kind == Scalar::Kind::number;
}

Scalar as_text(const Scalar& value) {
  if (!is_text_or_number(value) && value.kind != Scalar::Kind::boolean)
    return value;
  return {Scalar::Kind::string, source_text(value), false, false};
}

// A plus sign is no JSON, and std::from_chars() refuses it.
std::string_view without_plus(std::string_view text) { return text.substr(text.starts_with('+') ? 1 : 0); }

Scalar as_number(const Scalar& value) {
  if (value.kind != Scalar::Kind::string || !parse_decimal(value.text))
    return value;
  return {Scalar::Kind::number, without_plus(value.text)};
}

// A whole number beyond int64 keeps its digits, so that the reason for its refusal is its size.
Scalar as_whole_number(const Scalar& value, CoercedText& space) {
  const auto number = is_text_or_number(value) ? parse_decimal(value.text) : std::nullopt;
  if (!number || number->decimals() > 0)
    return value;
  const auto whole = whole_number(*number);
  if (!whole)
    return as_number(value);
  const auto end = std::to_chars(space.data(), space.data() + space.size(), *whole).ptr;
  return {Scalar::Kind::number, {space.data(), static_cast<std::size_t>(end - space.data())}};
}

struct Word {
  std::string_view text;
  bool truth;
};
// What JSON, Python, PostgreSQL and spreadsheets write.
constexpr std::array<Word, 8> k_words{{{"true", true},
                                       {"false", false},
                                       {"True", true},
                                       {"False", false},
                                       {"TRUE", true},
                                       {"FALSE", false},
                                       {"t", true},
                                       {"f", false}}};

Scalar as_boolean(const Scalar& value) {
  if (!is_text_or_number(value))
    return value;
  for (const Word& word : k_words)
    if (word.text == value.text)
      return {Scalar::Kind::boolean, {}, word.truth};
  const auto number = parse_decimal(value.text);
  const auto whole = number ? whole_number(*number) : std::nullopt;
  if (whole == 0 || whole == 1)
    return {Scalar::Kind::boolean, {}, whole == 1};
  return value;
}

}  // namespace

Scalar coerced(Type type, const Scalar& value, CoercedText& space) {
  switch (type) {
  case Type::text:
    return as_text(value);
  case Type::integer:
  case Type::bigint:
    return as_whole_number(value, space);
  case Type::numeric:
  case Type::real:
    return as_number(value);
  case Type::boolean:
    return as_boolean(value);
  case Type::timestamp:
  case Type::date:
  case Type::jsonb:
    break;
  }
  return value;
}

std::string_view source_text(const Scalar& value) {
  if (value.kind == Scalar::Kind::boolean)
    return value.truth ? "true" : "false";
  return value.text;
}

}  // namespace longshore::decode
