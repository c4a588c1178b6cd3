#include "decode/line_form.hpp"

#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::decode;
using namespace longshore::test;
using namespace std::string_literals;

namespace {

bool is_lines(const std::string& beginning) {
  const Plan plan{objects_detection()};
  return has_record_per_line(beginning, Places{plan}.root());
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

}  // namespace

TEST_SUITE("one record per line is recognised") {
  TEST_CASE("objects and arrays in a text are counted; anything else in it makes it none") {
    CHECK(count_values("{}") == 1);
    CHECK(count_values("[{}] [\n1]{\n}") == 3);
    CHECK(count_values(" \x1E{\"a\":[{}]} \xEF\xBB\xBF{\"}\\\"{\":1}\r") == 2);
    for (const std::string line : {"", "[", "{", "}", "{}5", "5{}", "{\"a}", "{}]", "{\"a\":1}}", "\0{}", "{\"a\n\"}"})
      CHECK(count_values(line) == 0);
  }
  TEST_CASE("more than half of the lines decide; in a whole document half") {
    CHECK(is_lines("{}\n{}\n"));
    CHECK(is_lines("broken\n{}\n"));
    CHECK(is_lines("{}\n\n\n\n{\"a\n"));
    CHECK(!is_lines("broken\nbroken\n{}\n"));
    CHECK(!is_lines("[{}]\n[{}]\n{}\n"));
    const std::string long_line = "{\"a\":\"" + std::string(k_look_ahead, 'x');
    CHECK(is_lines(("{}\n" + long_line).substr(0, k_look_ahead)));
    CHECK(!is_lines(("broken\n{}\n" + long_line).substr(0, k_look_ahead)));
  }
  TEST_CASE("lines that are broken alone, but whole together, make a whole document a sequence of values") {
    CHECK(!is_lines("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\n\"a\":4\n}\n"));
    CHECK(!is_lines("{}\n{}\n{}\n[\n{}\n]\n"));
    CHECK(is_lines("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\n\"a\":4\n\n"));
    CHECK(is_lines("{\"a\":1}\n{\"a\":\"x\n{\"a\":\"x\"}\n{\"a\":4}\n"));
    const std::string lines = repeated("{\"a\":1}\n", 6000);
    CHECK(is_lines((lines + "{\n}\n" + lines).substr(0, k_look_ahead)));
  }
  TEST_CASE("one line is not lines") {
    CHECK(!is_lines(""));
    CHECK(!is_lines("\n\n"));
    CHECK(!is_lines("{}"));
    CHECK(!is_lines("{}\n \r\n\n"));
  }
  TEST_CASE("envelopes per line are not records") {
    CHECK(!is_lines(repeated("{\"objects_detection_events\":[]}\n", 5)));
    CHECK(is_lines(repeated("{\"a\":{\"objects_detection_events\":[]}}\n", 5)));
  }
  TEST_CASE("no prefix of a pretty-printed document is taken for lines") {
    const std::string document = "{\"a\":[\n{\"x\":1}\n],\"b\":[\n{\"x\":{}}\n],\"c\":\n[\n{}\n,\n{}\n]\n}\n";
    const std::string documents = repeated(document, 3);
    for (std::size_t length = 0; length <= documents.size(); ++length)
      CHECK(!is_lines(documents.substr(0, length) + std::string(k_look_ahead - length, ' ')));
    CHECK(!is_lines(documents));
  }
}
