#include "base/units.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace std::chrono_literals;

TEST_CASE("durations are a number and a unit") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("2s") == 2s);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("2 m") == 2min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("0s") == 0ms);
}

TEST_CASE("anything else is not a duration") {
  for (const char* text :
       {"", "2", "s", "-2s", "+2s", "2S", "2sec", "2s ", " 2s", "1e3s", "nan", "inf", "2s3", "99999999999999999d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("sizes are bytes, decimal or binary") {
  CHECK(parse_size("4096") == 4096U);
  CHECK(parse_size("64kB") == 64'000U);
  CHECK(parse_size("64KiB") == 65'536U);
  CHECK(parse_size("4MiB") == 4'194'304U);
  CHECK(parse_size("1.5GB") == 1'500'000'000U);
  CHECK(parse_size("10GB") == 10'000'000'000U);
  CHECK(parse_size("1TiB") == 1'099'511'627'776U);
  CHECK(parse_size("7B") == 7U);
  CHECK(parse_size("0") == 0U);
}

TEST_CASE("anything else is not a size") {
  for (const char* text : {"", "MiB", "-1", "4mb", "4M", "4 MiB B", "0x10", "99999999999TB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("durations and sizes are formatted in their largest exact unit, and can be parsed again") {
  CHECK(format_duration(0ms) == "0ms");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(2s) == "2s");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(24h) == "1d");
  CHECK(format_size(0) == "0B");
  CHECK(format_size(4'194'304) == "4MiB");
  CHECK(format_size(64'000) == "64kB");
  CHECK(format_size(4097) == "4097B");
  for (const std::uint64_t size : {0U, 1U, 999U, 1000U, 1024U, 65'536U, 4'000'000U})
    CHECK(parse_size(format_size(size)) == size);
}

TEST_CASE("a limit is a whole number or a share") {
  REQUIRE(parse_limit("100"));
  CHECK_FALSE(parse_limit("100")->is_exceeded(100, 100));
  CHECK(parse_limit("100")->is_exceeded(101, 100'000));
  CHECK(parse_limit("0")->is_exceeded(1, 100'000));
  CHECK_FALSE(parse_limit("0%")->is_exceeded(0, 0));
  CHECK_FALSE(parse_limit("1%")->is_exceeded(1, 100));
  CHECK(parse_limit("0.5 %")->is_exceeded(1, 100));
  CHECK_FALSE(parse_limit("100%")->is_exceeded(7, 7));
  for (const char* text : {"", "%", "-1", "1.5", "101%", "1x", "1%%", "many"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_limit(text).has_value());
  }
}
