#include "decode/csv_field.hpp"

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace longshore::decode {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number as JSON writes it, of few digits and without an exponent: digits / 10^decimals.
struct ShortNumber {
  std::int64_t digits = 0;
  std::size_t decimals = 0;
};

// A double represents integers of 15 digits, and powers of ten up to 10^22, exactly; so their quotient is rounded
// correctly.
constexpr std::size_t k_most_digits = 15;
constexpr std::array<double, k_most_digits + 1> k_powers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                            1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool read_short_number(std::string_view text, ShortNumber& number) {
  const bool is_negative = text[0] == '-';
  const std::string_view digits = text.substr(is_negative ? 1 : 0);
  if (digits.empty() || digits.size() > k_most_digits || !is_digit(digits[0]) || !is_digit(digits.back()) ||
      (digits[0] == '0' && digits.size() > 1 && digits[1] != '.'))
    return false;
  std::size_t point = digits.size();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (is_digit(digits[i]))
      number.digits = number.digits * 10 + (digits[i] - '0');
    else if (digits[i] == '.' && point == digits.size())
      point = i;
    else
      return false;
  }
  number.decimals = point == digits.size() ? 0 : digits.size() - point - 1;
  number.digits = is_negative ? -number.digits : number.digits;
  return true;
}

bool read_text(const Column& column, std::string_view text, Bytes& out) {
  if (text.size() > column.max_length)
    return false;
  out.append(text);
  return true;
}

template <class Int>
bool read_whole(const Column&, std::string_view text, Bytes& out) {
  ShortNumber number;
  if (!read_short_number(text, number) || number.decimals > 0 || number.digits < std::numeric_limits<Int>::min() ||
      number.digits > std::numeric_limits<Int>::max())
    return false;
  put_int(out, static_cast<Int>(number.digits));
  return true;
}

bool read_real(const Column&, std::string_view text, Bytes& out) {
  ShortNumber number;
  if (!read_short_number(text, number))
    return false;
  put_double(out, static_cast<double>(number.digits) / k_powers[number.decimals]);
  return true;
}

bool read_timestamp(const Column&, std::string_view text, Bytes& out) {
  const ParsedTime time = parse_time(text);
  if (!time.micros || time.nanos != 0)
    return false;
  put_int(out, *time.micros);
  return true;
}

bool has_no_options(const Column& column) {
  return column.formats.empty() && !column.zone && !column.match && column.value_list.empty() &&
         column.value_names.empty() && !column.min && !column.max && !column.min_cell && !column.max_cell;
}

}  // namespace

FieldReader field_reader(const Column& column) {
  if (column.type.array || !has_no_options(column))
    return nullptr;
  switch (column.type.type) {
  case Type::text:
    return read_text;
  case Type::integer:
    return read_whole<std::int32_t>;
  case Type::bigint:
    return read_whole<std::int64_t>;
  case Type::real:
    return read_real;
  case Type::timestamp:
    return read_timestamp;
  case Type::numeric:
  case Type::boolean:
  case Type::date:
  case Type::jsonb:
    break;
  }
  return nullptr;
}

}  // namespace longshore::decode
