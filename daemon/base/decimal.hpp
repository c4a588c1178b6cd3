// Exact decimal numbers as texts have them. Nothing here goes through a double. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

struct Decimal {
  bool negative = false;
  std::string digits;      // without zeros at either end; "" is zero
  std::int64_t point = 0;  // of the digits, how many stand before the decimal point; may be negative, or beyond them

  std::int64_t decimals() const { return static_cast<std::int64_t>(digits.size()) - point; }  // <= 0: a whole number
};

// Parses [+-]digits[.digits][e[+-]digits], with a digit on one side of the point at least. The whole text must match.
std::optional<Decimal> parse_decimal(std::string_view text);

// The number as an int64, if it is whole and fits.
std::optional<std::int64_t> whole_number(const Decimal& number);

}  // namespace longshore
