#include "feed/numeric.hpp"

#include <algorithm>

namespace longshore {
namespace {

constexpr std::size_t k_head = 8;
constexpr std::int64_t k_group = 4;              // decimal digits in one digit to the base 10 000
constexpr std::int64_t k_most_int64_weight = 4;  // an int64 has at most 19 decimal digits
constexpr std::int16_t k_negative = 0x4000;

std::int16_t head(std::string_view cell, std::size_t field) { return get_int<std::int16_t>(cell.data() + 2 * field); }
std::int64_t digit_count(std::string_view cell) { return head(cell, 0); }
std::int64_t weight(std::string_view cell) { return head(cell, 1); }
bool is_negative(std::string_view cell) { return head(cell, 2) == k_negative; }
std::int64_t shown_decimals(std::string_view cell) { return head(cell, 3); }

// The digit with this weight; 0 outside of the stored ones.
std::int16_t digit_of_weight(std::string_view cell, std::int64_t w) {
  const std::int64_t i = weight(cell) - w;
  return i < 0 || i >= digit_count(cell)
             ? std::int16_t{0}
             : get_int<std::int16_t>(cell.data() + k_head + 2 * static_cast<std::size_t>(i));
}

void append_group(std::string& out, std::int16_t digit) {
  for (int unit = 1000; unit > 0; unit /= 10)
    out += static_cast<char>('0' + digit / unit % 10);
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

int sign_of(std::string_view cell) { return digit_count(cell) == 0 ? 0 : (is_negative(cell) ? -1 : 1); }

int compare_magnitudes(std::string_view a, std::string_view b) {
  if (weight(a) != weight(b))
    return weight(a) < weight(b) ? -1 : 1;
  const std::int64_t count = std::max(digit_count(a), digit_count(b));
  for (std::int64_t w = weight(a); w > weight(a) - count; --w)
    if (const int order = digit_of_weight(a, w) - digit_of_weight(b, w); order != 0)
      return order;
  return 0;
}

}  // namespace

std::optional<ReasonKind> numeric_fault(const Decimal& number, ColumnType type) {
  const std::int64_t whole = type.precision == 0 ? k_most_numeric_digits : type.precision - type.scale;
  const std::int64_t decimals = type.precision == 0 ? k_most_numeric_digits : type.scale;
  if (number.digits.empty())
    return {};
  if (number.point > whole)
    return reason::k_too_many_digits;
  if (number.decimals() > decimals)
    return reason::k_too_many_decimals;
  return {};
}

template <class Buffer>
void put_numeric(Buffer& out, const Decimal& number, ColumnType type) {
  const auto decimals = type.precision == 0 ? std::max<std::int64_t>(number.decimals(), 0) : std::int64_t{type.scale};
  const std::int64_t first_weight = number.digits.empty() ? 0 : floor_div(number.point - 1, k_group);
  // the decimal digits that the first group lacks at its front
  const std::int64_t lacking = (first_weight + 1) * k_group - number.point;
  const auto size = static_cast<std::int64_t>(number.digits.size());
  const std::int64_t count = size == 0 ? 0 : (size + lacking + k_group - 1) / k_group;

  put_int(out, static_cast<std::int16_t>(count));
  put_int(out, static_cast<std::int16_t>(first_weight));
  put_int(out, number.negative && count > 0 ? k_negative : std::int16_t{0});
  put_int(out, static_cast<std::int16_t>(decimals));
  for (std::int64_t at = -lacking; at < count * k_group - lacking; at += k_group) {
    std::int16_t digit = 0;
    for (std::int64_t i = at; i < at + k_group; ++i) {
      const int unit = i >= 0 && i < size ? number.digits[static_cast<std::size_t>(i)] - '0' : 0;
      digit = static_cast<std::int16_t>(digit * 10 + unit);
    }
    put_int(out, digit);
  }
}

template void put_numeric(Bytes& out, const Decimal& number, ColumnType type);
template void put_numeric(std::string& out, const Decimal& number, ColumnType type);

int compare_numeric(std::string_view a, std::string_view b) {
  if (const int order = sign_of(a) - sign_of(b); order != 0 || sign_of(a) == 0)
    return order;
  return is_negative(a) ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

void append_numeric(std::string& out, std::string_view cell) {
  if (is_negative(cell))
    out += '-';
  std::string whole;
  for (std::int64_t w = weight(cell); w >= 0; --w)
    append_group(whole, digit_of_weight(cell, w));
  const auto zeros = whole.find_first_not_of('0');
  out += zeros == std::string::npos ? "0" : whole.substr(zeros);

  const std::int64_t decimals = shown_decimals(cell);
  if (decimals == 0)
    return;
  out += '.';
  const std::size_t end = out.size() + static_cast<std::size_t>(decimals);
  for (std::int64_t w = -1; out.size() < end; --w)
    append_group(out, digit_of_weight(cell, w));
  out.resize(end);
}

std::optional<std::int64_t> whole_numeric(std::string_view cell) {
  if (weight(cell) > k_most_int64_weight || digit_count(cell) > weight(cell) + 1)
    return {};
  std::int64_t value = 0;  // negative while it grows
  for (std::int64_t w = weight(cell); w >= 0; --w)
    if (__builtin_mul_overflow(value, 10'000, &value) ||
        __builtin_sub_overflow(value, digit_of_weight(cell, w), &value))
      return {};
  if (is_negative(cell))
    return value;
  return value == INT64_MIN ? std::nullopt : std::optional{-value};
}

void put_numeric_identity(Bytes& out, std::string_view cell) {
  out.append(cell.substr(2, 4));
  out.append(cell.substr(k_head));
}

}  // namespace longshore
