#include "base/decimal.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace longshore;

TEST_SUITE("decimal") {
  TEST_CASE("a number has its significant digits and the place of its point, however it is written") {
    for (const char* text : {"12.5", "+12.5", "012.500", "1.25e1", "1250e-2", "0.125E+2"}) {
      const auto number = parse_decimal(text);
      REQUIRE_MESSAGE(number.has_value(), text);
      CHECK(number->digits == "125");
      CHECK(number->point == 2);
      CHECK(!number->negative);
    }
    CHECK(parse_decimal("-.005")->point == -2);
    CHECK(parse_decimal("-.005")->negative);
    CHECK(parse_decimal("5.")->digits == "5");
    for (const char* zero : {"0", "-0", "0.000", "0e99999999999999999999", ".0"}) {
      CHECK_MESSAGE(parse_decimal(zero)->digits.empty(), zero);
      CHECK_MESSAGE(!parse_decimal(zero)->negative, zero);
    }
  }
  TEST_CASE("a text that is not a number as a whole is refused") {
    for (const char* bad :
         {"", "-", ".", "e5", "1e", "1e+", "1.2.3", "1 ", " 1", "1,5", "0x10", "inf", "nan", "1e5.5", "--1", "1_000"})
      CHECK_MESSAGE(!parse_decimal(bad), bad);
  }
  TEST_CASE("a whole number is an int64 if it fits") {
    const auto whole = [](const char* text) { return whole_number(*parse_decimal(text)); };
    CHECK(whole("3.0") == 3);
    CHECK(whole("1e3") == 1000);
    CHECK(whole("-0.0") == 0);
    CHECK(whole("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    CHECK(whole("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    CHECK(whole("9007199254740993.000") == 9007199254740993);  // a double has no such number
    for (const char* other : {"3.5", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999999", "1e-1"})
      CHECK_MESSAGE(!whole(other), other);
  }
}
