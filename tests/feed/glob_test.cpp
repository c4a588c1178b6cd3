#include "feed/glob.hpp"

#include "feed/feed.hpp"

#include <doctest/doctest.h>

using namespace longshore;

TEST_CASE("two globs that match a common name have one that both match") {
  const std::pair<const char*, const char*> pairs[] = {
      {"*", "*"},           {"a*", "*b"},      {"doors_*.json", "doors_2026*"},
      {"[a-m]x", "[k-z]?"}, {"a?c", "a[!x]c"}, {"*a*b*", "*b*a*"},
      {"[[:digit:]]", "7"}, {"[]x]", "]"},     {"[", "?"},
      {"a\\b", "a?b"},      {"*_1*", "x_*2"},  {"\xc3\xa4*", "??x"},
      {"[!a-z]*", "Z9"},    {"x[a^]", "x^"},
  };
  for (const auto& [a, b] : pairs) {
    CAPTURE(a);
    const auto name = common_name(std::string_view{a}, std::string_view{b});
    REQUIRE(name);
    CHECK_MESSAGE(glob_matches(a, *name), *name);
    CHECK_MESSAGE(glob_matches(b, *name), *name);
  }
}

TEST_CASE("a glob with a slash matches the whole path, any other one its last part") {
  for (const char* path : {"a.json", "veh1/a.json", "x/y/a.json"})
    CHECK(name_matches("a*.json", path));
  CHECK(name_matches("veh*/a.json", "veh1/a.json"));
  CHECK(name_matches("veh1/*", "veh1/x/y.json"));
  CHECK_FALSE(name_matches("veh*/a.json", "a.json"));
  CHECK_FALSE(name_matches("veh1", "veh1/a.json"));
  CHECK(common_name(std::string_view{"*.json"}, std::string_view{"veh1/*"}));
  CHECK(common_name(std::string_view{"veh1/*"}, std::string_view{"a*.json"}));
  CHECK_FALSE(common_name(std::string_view{"*.json"}, std::string_view{"veh1/*.csv"}));
  for (const char* last_part : {"y*.json", "y?z.json", "y[!a]z.json", "x*"})  // no byte of it matches a slash
    CHECK_FALSE(common_name(std::string_view{last_part}, std::string_view{"x/y/z.json"}));
}

TEST_CASE("globs without a common name have none") {
  const std::pair<const char*, const char*> pairs[] = {
      {"a*", "b*"},   {"*.json", "*.csv"}, {"[a-c]", "[d-f]"},
      {"?", "??"},    {"", "?"},           {"[!a]", "a"},
      {"a[", "a[x]"}, {"x*y", "x*z"},      {"objects_detection_*.json", "objects_detection.json"},
  };
  for (const auto& [a, b] : pairs) {
    CAPTURE(a);
    CHECK_FALSE(common_name(std::string_view{a}, std::string_view{b}));
  }
}
