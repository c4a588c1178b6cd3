#include "decode/canonical_json.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace longshore;
using decode::CanonicalJson;

namespace {

std::string canonical(std::string_view source) {
  Bytes out;
  CanonicalJson{}.append(source, out);
  return std::string{out.view()};
}

}  // namespace

TEST_SUITE("canonical JSON") {
  TEST_CASE("numbers of one decimal value have one text, and others differ") {
    const std::pair<const char*, const char*> pairs[] = {
        {"0", "0"},
        {"-0", "0"},
        {"-0.000e7", "0"},
        {"0e999", "0"},
        {"1.50", "1.5"},
        {"15e-1", "1.5"},
        {"0.15E+1", "1.5"},
        {"-15.0e-1", "-1.5"},
        {"100", "100"},
        {"1e2", "100"},
        {"1.0E2", "100"},
        {"12300e-4", "1.23"},
        {"100000000000000000000", "100000000000000000000"},
        {"1e20", "100000000000000000000"},
        {"1000000000000000000000", "1e21"},
        {"0.0000001", "0.0000001"},
        {"1e-7", "0.0000001"},
        {"0.00000001", "1e-8"},
        {"12.5e-30", "1.25e-29"},
        {"-1e-16383", "-1e-16383"},
        {"1e300", "1e300"},
        {"9007199254740993", "9007199254740993"},  // not a double
        {"0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"},
        {"123456789012345678901234567890", "1.2345678901234567890123456789e29"},
        {"20", "20"},
    };
    for (const auto& [source, text] : pairs) {
      CHECK_MESSAGE(canonical(source) == text, source);
      CHECK_MESSAGE(canonical(canonical(source)) == text, source);
    }
    CHECK(canonical("1e20").size() == 21);
    CHECK(canonical("9007199254740993") != canonical("9007199254740992"));
  }

  TEST_CASE("strings have one escaped form") {
    CHECK(canonical(R"("\u00e9\/\u0041")") == "\"\xC3\xA9/A\"");
    CHECK(canonical(R"("\ud83d\ude97")") == "\"\xF0\x9F\x9A\x97\"");
    CHECK(canonical(R"("\n\u000A\t\b\f\r\u001f")") == R"("\u000a\u000a\u0009\u0008\u000c\u000d\u001f")");
    CHECK(canonical(R"("\"\\\u0022\u005c")") == R"("\"\\\"\\")");
    CHECK(canonical(R"("")") == R"("")");
    CHECK(canonical("\"\x7f\"") == "\"\x7f\"");
    CHECK(canonical(R"("\u007f\u07ff\uffff")") == "\"\x7f\xDF\xBF\xEF\xBF\xBF\"");
  }

  TEST_CASE("members are sorted by the bytes of their names, at every level") {
    CHECK(canonical(R"({ "b" : 1 , "a" : { "d" : [ ] , "c" : { } } })") == R"({"a":{"c":{},"d":[]},"b":1})");
    CHECK(canonical(R"({"é":1,"z":2,"a!":3,"a":4,"":5})") == R"({"":5,"a":4,"a!":3,"z":2,"é":1})");
    CHECK(canonical(R"([{"b":[{"y":1,"x":2}],"a":null},true,false])") ==
          R"([{"a":null,"b":[{"x":2,"y":1}]},true,false])");
    CHECK(canonical("[1,\n2 ,\t3]") == "[1,2,3]");
  }

  TEST_CASE("of members with one name the last counts, however the name is written") {
    CHECK(canonical(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
    CHECK(canonical(R"({"a":1,"\u0061":2})") == R"({"a":2})");
    CHECK(canonical(R"({"x":{"a":1,"a":2},"x":{"a":4,"a":3}})") == R"({"x":{"a":3}})");
  }

  TEST_CASE("a deep value is read in the depth that the parser allows") {
    const std::string deep = std::string(1000, '[') + std::string(1000, ']');
    CHECK(canonical(deep) == deep);
  }
}
