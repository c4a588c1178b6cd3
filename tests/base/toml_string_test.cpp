#include "base/toml_string.hpp"

#include "base/toml.hpp"

#include <doctest/doctest.h>

using namespace longshore;

TEST_SUITE("base/toml_string") {
  TEST_CASE("a text in quotes is TOML with the same text") {
    using namespace std::string_literals;
    for (const std::string& text : {""s, "a\"b\\c\n"s, "\x01\x7F"s, "\0"s, "é€\U0001F600"s, "\u202E\U000E0001"s}) {
      const std::string quoted = toml_string(text);
      INFO(quoted);
      CHECK(parse_toml("a = " + quoted, "t")["a"].value<std::string>() == text);
    }
    CHECK(toml_string("a\"b\\c\n") == R"("a\"b\\c\u000A")");
  }
  TEST_CASE("bytes that are not UTF-8 become U+FFFD") {
    CHECK(toml_string("caf\xE9_\xED\xA0\x80") == R"("caf\uFFFD_\uFFFD\uFFFD\uFFFD")");
  }
}
