#include "base/pattern.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

namespace {

std::string part_of(const char* expression, std::string_view text) {
  std::string fault;
  const auto pattern = Pattern::compile(expression, fault);
  REQUIRE_MESSAGE(pattern, fault);
  std::optional<std::string_view> part;
  if (!pattern->find(text, part))
    return "no match";
  return part ? std::string{*part} : "no part";
}

}  // namespace

TEST_SUITE("pattern") {
  TEST_CASE("it is found anywhere in the text, unless it is anchored") {
    CHECK(part_of("\\d+", "ab 12 34") == "12");
    CHECK(part_of("^\\d+$", "ab 12 34") == "no match");
    CHECK(part_of("b", "") == "no match");
  }
  TEST_CASE("the first group is the result, or the whole match without a group") {
    CHECK(part_of("(\\w+)-(\\w+)", "x gate-7") == "gate");
    CHECK(part_of("(?:a|b)c", "bc") == "bc");
    CHECK(part_of("a(b)?", "a") == "no part");
    CHECK(part_of("a(b*)", "a") == "");
    CHECK(part_of("^(.)", "\xc3\xa9t\xc3\xa9") == "\xc3\xa9");
  }
  TEST_CASE("a text that is not a regular expression is refused with the reason") {
    std::string fault;
    CHECK(!Pattern::compile("(a", fault));
    CHECK(fault == "missing ): (a");
    CHECK(!Pattern::compile("(a)\\1", fault));  // a back reference needs more than linear time
    CHECK(fault == "invalid escape sequence: \\1");
  }
}
