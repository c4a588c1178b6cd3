// A TOML file can only be refused, with its place; it cannot harm the process.
#include "base/toml.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

namespace {

std::string refusal(const std::string& text, const std::string& origin = "x.toml") {
  try {
    parse_toml(text, origin);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::fatal);
    CHECK(error.exit() == Exit::config);
    return error.what();
  }
  return "";
}

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += piece;
  return text;
}

}  // namespace

TEST_SUITE("toml") {
  TEST_CASE("P13: TOML that is nested too deep by dots or brackets is refused and does not crash") {
    const std::string dots = "x.toml:1: more than 250 dots in one line";
    CHECK(refusal("a" + repeated(".a", 200'000) + " = 1\n") == dots);
    CHECK(refusal("[a" + repeated(".a", 200'000) + "]\n") == dots);
    CHECK(refusal("[[a" + repeated(".a", 200'000) + "]]\n") == dots);
    CHECK(refusal("a" + repeated(".\"a\"", 200'000) + " = 1\n") == dots);
    CHECK(refusal("k = 'it''s'\nb = \"\"\"x\"\n\"\"\"\nc = \"\\\"\"\na" + repeated(".a", 200'000) + " = 1\n") ==
          "x.toml:5: more than 250 dots in one line");
    CHECK(refusal("a = " + repeated("[", 200'000)).starts_with("x.toml:1: "));
    CHECK(refusal("a = " + repeated("{a=", 200'000)).starts_with("x.toml:1: "));
    CHECK(refusal(repeated("a", 2'000'000)) == "x.toml:1: longer than 1 MiB");
  }

  TEST_CASE("a file may have many dots, and a line may have 250") {
    CHECK(refusal("# " + repeated(".", 250) + "\na = \"" + repeated(".", 250) + "\"\nb = '''\n" +
                  repeated("..\n", 5000) + "'''\nc.d = 1.5\n")
              .empty());
  }

  TEST_CASE("the deepest nesting within the limits is parsed and freed") {
    const std::string key = "a" + repeated(".a", 250) + " = ";
    CHECK(refusal(key + repeated("[\n{ " + key, 127) + "1" + repeated(" } ]", 127) + "\n").empty());
  }

  TEST_CASE("quotes from a file in a TOML error contain no control characters") {
    CHECK(refusal("a = \"\x1b[31m\n").find('\x1b') == std::string::npos);
    CHECK(refusal("a = ", "evil\n\x1b[31m.toml").starts_with("evil\\x0a\\x1b[31m.toml:1: "));
    for (const char* text : {"\xff\xfe\n", "a = \xe2\x80\xae\n", "\x01", "a = 1\nb = \x07\n"})
      CHECK(refusal(text).find_first_of(std::string{"\n\x1b\x01\x07"}) == std::string::npos);
  }
}
