#include "base/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace std::string_literals;

TEST_SUITE("text") {
  TEST_CASE("any name can be restored from its escaped form") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
      all += static_cast<char>(byte);
    for (const std::string& name : {all, "plain.json"s, "\\x41"s, "a\\"s, "\xC3\xA9 \xF0\x9F\x98\x80"s, "\xED\xA0\x80"s,
                                    "\xC0\xAF"s, "\xE2\x80\xAE evil"s})
      CHECK(unescape(escape(name)) == name);
  }
  TEST_CASE("characters that could forge a line or control a terminal are escaped, others are readable") {
    CHECK(escape("a\nb\x1b[31m") == "a\\x0ab\\x1b[31m");
    CHECK(escape("\xC2\x9B") == "\\xc2\\x9b");
    CHECK(escape("\xE2\x80\xAE") == "\\xe2\\x80\\xae");
    CHECK(escape("\xE2\x80\xA8") == "\\xe2\\x80\\xa8");
    CHECK(escape("\xff") == "\\xff");
    CHECK(escape("a\\b") == "a\\\\b");
    CHECK(escape("d\xC3\xA9j\xC3\xA0 \xE2\x82\xAC") == "d\xC3\xA9j\xC3\xA0 \xE2\x82\xAC");
  }
  TEST_CASE("clipping cuts neither a character nor an escape") {
    CHECK(escape_clipped("abc", 3) == "abc");
    CHECK(escape_clipped("abcd", 3) == "abc\xE2\x80\xA6");
    CHECK(escape_clipped("ab\xff", 4) == "ab\xE2\x80\xA6");
    CHECK(clip_utf8("a\xC3\xA9", 2) == "a");
    CHECK(clip_utf8("a\xC3\xA9", 3) == "a\xC3\xA9");
  }
  TEST_CASE("counts and sizes are formatted for people") {
    CHECK(human_count(0) == "0");
    CHECK(human_count(1234567) == "1,234,567");
    CHECK(human_bytes(999) == "999 B");
    CHECK(human_bytes(1500) == "1.5 kB");
    CHECK(human_bytes(2.5e9) == "2.5 GB");
  }
}
