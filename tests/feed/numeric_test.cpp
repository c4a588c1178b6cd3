#include "feed/numeric.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;

namespace {

constexpr ColumnType k_plain{.type = Type::numeric};
constexpr ColumnType k_money{.type = Type::numeric, .precision = 12, .scale = 2};

std::string cell_of(const std::string& text, ColumnType type) {
  std::string cell;
  put_numeric(cell, *parse_decimal(text), type);
  return cell;
}

std::string text_of(const std::string& text, ColumnType type) {
  std::string out;
  append_cell_text(out, type, cell_of(text, type));
  return out;
}

std::string fault_of(const std::string& text, ColumnType type) {
  const auto fault = numeric_fault(*parse_decimal(text), type);
  return fault ? std::string{fault->code} + ": " + std::string{fault->text} : "";
}

}  // namespace

TEST_SUITE("numeric") {
  TEST_CASE("a cell has PostgreSQL's binary form") {
    CHECK(cell_of("12345.678", k_plain) == std::string("\0\3\0\1\0\0\0\3\0\1\x09\x29\x1a\x7c", 14));
    CHECK(cell_of("-0.00001", k_plain) == std::string("\0\1\xff\xfe\x40\0\0\5\x03\xe8", 10));
    CHECK(cell_of("0", k_money) == std::string("\0\0\0\0\0\0\0\2", 8));
  }
  TEST_CASE("a cell as text has the decimals of its type, or as many as it needs") {
    CHECK(text_of("12.5", k_money) == "12.50");
    CHECK(text_of("-0.5", k_money) == "-0.50");
    CHECK(text_of("-0.00", k_money) == "0.00");
    CHECK(text_of("9999999999.99", k_money) == "9999999999.99");
    CHECK(text_of("12.500", k_plain) == "12.5");
    CHECK(text_of("1e20", k_plain) == "100000000000000000000");
    CHECK(text_of("123.000012345e-3", k_plain) == "0.123000012345");
    CHECK(text_of("10000", k_plain) == "10000");
    CHECK(text_of("18446744073709551616.000000000000000001", k_plain) == "18446744073709551616.000000000000000001");
  }
  TEST_CASE("a number that the type cannot store exactly is refused") {
    CHECK(fault_of("1.230", k_money) == "");
    CHECK(fault_of("1.234", k_money) == "range: has too many decimals");
    CHECK(fault_of("12345678901", k_money) == "range: has too many digits before the decimal point");
    CHECK(fault_of("0e99999999", k_money) == "");
    CHECK(fault_of("1e1000", k_plain) == "range: has too many digits before the decimal point");
    CHECK(fault_of("1e-1001", k_plain) == "range: has too many decimals");
    CHECK(fault_of("1e-1000", k_plain) == "");
  }
  TEST_CASE("cells are compared by value, whatever their decimals") {
    const std::vector<std::string> ascending = {"-1e30",  "-10000.5", "-10000", "-2", "-0.3",  "-0.0001", "0",
                                                "0.0001", "0.3",      "2",      "10", "10000", "10000.5", "1e30"};
    for (std::size_t a = 0; a < ascending.size(); ++a)
      for (std::size_t b = 0; b < ascending.size(); ++b) {
        const int order = compare_cells(Type::numeric, cell_of(ascending[a], k_plain), cell_of(ascending[b], k_plain));
        CHECK_MESSAGE((order < 0) == (a < b), ascending[a] << " and " << ascending[b]);
        CHECK((order == 0) == (a == b));
      }
    CHECK(compare_cells(Type::numeric, cell_of("2", k_money), cell_of("2", k_plain)) == 0);
  }
  TEST_CASE("a cell with a whole number that fits gives an int64") {
    CHECK(whole_numeric(cell_of("-9223372036854775808", k_plain)) == INT64_MIN);
    CHECK(whole_numeric(cell_of("9223372036854775807", k_plain)) == INT64_MAX);
    CHECK(whole_numeric(cell_of("70000", k_money)) == 70000);
    CHECK(whole_numeric(cell_of("0", k_money)) == 0);
    for (const char* other : {"9223372036854775808", "0.5", "1e40", "10000.5"})
      CHECK_MESSAGE(!whole_numeric(cell_of(other, k_plain)), other);
  }
  TEST_CASE("the word of a declaration gives precision and scale") {
    CHECK(column_type_named("numeric") == k_plain);
    CHECK(column_type_named("numeric(12,2)") == k_money);
    CHECK(column_type_named("numeric(12, 2)") == k_money);
    CHECK(column_type_named("numeric(9)[]") == ColumnType{.type = Type::numeric, .array = true, .precision = 9});
    CHECK(type_text(k_money) == "numeric(12,2)");
    CHECK(type_text({.type = Type::numeric, .array = true, .precision = 9}) == "numeric(9,0)[]");
    for (const char* bad : {"numeric()", "numeric(0)", "numeric(2,3)", "numeric(1001)", "numeric(5,-1)", "numeric(5,1",
                            "numeric(5,1) ", "integer(5)", "numeric(99999999999)"})
      CHECK_MESSAGE(!column_type_named(bad), bad);
  }
}
