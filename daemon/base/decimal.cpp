#include "base/decimal.hpp"

#include <algorithm>
#include <limits>

namespace longshore {
namespace {

// An exponent beyond this gives no number that anything here can store; clipping it keeps the sums below in range.
constexpr std::int64_t k_most_exponent = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes a sign from the front of the text and returns whether it is a minus.
bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+'))
    text.remove_prefix(1);
  return negative;
}

// Parses what follows the 'e'.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  const bool negative = take_sign(text);
  if (text.empty() || !std::ranges::all_of(text, is_digit))
    return {};
  std::int64_t exponent = 0;
  for (const char c : text)
    exponent = std::min(k_most_exponent, exponent * 10 + (c - '0'));
  return negative ? -exponent : exponent;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  number.negative = take_sign(text);
  std::int64_t exponent = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    const auto parsed = parse_exponent(text.substr(e + 1));
    if (!parsed)
      return {};
    exponent = *parsed;
    text = text.substr(0, e);
  }
  const auto point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (whole.size() + fraction.size() == 0 || !std::ranges::all_of(whole, is_digit) ||
      !std::ranges::all_of(fraction, is_digit))
    return {};

  number.digits.reserve(whole.size() + fraction.size());
  (number.digits += whole) += fraction;
  const auto zeros = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.digits.erase(0, zeros);
  number.digits.resize(number.digits.find_last_not_of('0') + 1);
  if (number.digits.empty())
    return Decimal{};
  number.point = static_cast<std::int64_t>(whole.size()) - static_cast<std::int64_t>(zeros) + exponent;
  return number;
}

std::optional<std::int64_t> whole_number(const Decimal& number) {
  constexpr std::int64_t k_most_digits = std::numeric_limits<std::int64_t>::digits10 + 1;
  if (number.digits.empty())
    return 0;
  if (number.decimals() > 0 || number.point > k_most_digits)
    return {};
  std::int64_t value = 0;  // negative while it grows: the least int64 has no positive counterpart
  for (std::int64_t i = 0; i < number.point; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int digit = at < number.digits.size() ? number.digits[at] - '0' : 0;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
      return {};
  }
  if (number.negative)
    return value;
  if (value == std::numeric_limits<std::int64_t>::min())
    return {};
  return -value;
}

}  // namespace longshore
