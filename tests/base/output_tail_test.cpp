#include "base/output_tail.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

namespace {

// The text in one piece, and in pieces of each small size: the result is the same.
std::string last_line_of(const std::string& text, std::size_t limit = 100) {
  LastLine whole{limit};
  whole.add(text);
  for (std::size_t size = 1; size < 5; ++size) {
    LastLine pieces{limit};
    for (std::size_t at = 0; at < text.size(); at += size)
      pieces.add(std::string_view{text}.substr(at, size));
    CHECK(pieces.text() == whole.text());
    CHECK(pieces.is_too_long() == whole.is_too_long());
  }
  return whole.is_too_long() ? "too long" : whole.text();
}

}  // namespace

TEST_SUITE("text") {
  TEST_CASE("the last line that is not blank is kept, with and without a line break at its end") {
    CHECK(last_line_of("").empty());
    CHECK(last_line_of("\n \n").empty());
    CHECK(last_line_of("one") == "one");
    CHECK(last_line_of("one\ntwo\r\n") == "two");
    CHECK(last_line_of("one\n  {}  \n\n \t\n") == "  {}");
    CHECK(last_line_of("one\ntwo") == "two");
  }

  TEST_CASE("a last line that is too long is not kept, and hides no shorter one behind it") {
    CHECK(last_line_of("1234", 4) == "1234");
    CHECK(last_line_of("1234  \n", 4) == "1234");
    CHECK(last_line_of("ok\n12345", 4) == "too long");
    CHECK(last_line_of("ok\n    12345\n\n", 4) == "too long");
    CHECK(last_line_of("12345\nok\n", 4) == "ok");
  }

  TEST_CASE("the end of a long text is kept, and begins with a whole character") {
    OutputTail tail{4};
    tail.add("abc");
    CHECK(tail.text() == "abc");
    tail.add("def");
    CHECK(tail.text() == "cdef");
    tail.add(std::string(1'000'000, 'x') + "\xE2\x82\xAC"
                                           "12");
    CHECK(tail.text() == "12");
    tail.add("345678");
    CHECK(tail.text() == "5678");
    CHECK(tail_of("a\xC3\xA9", 1).empty());
    CHECK(tail_of("a\xC3\xA9", 2) == "\xC3\xA9");
  }
}
