#include "admin/infer/names.hpp"

#include <doctest/doctest.h>

using namespace longshore::admin;

TEST_SUITE("names of inferred feeds") {
  TEST_CASE("a file name gives a pattern and a feed name without its times, numbers and ids") {
    const struct {
      std::string_view file;
      std::string_view pattern;
      std::string_view feed;
    } cases[] = {
        {"trips.csv", "trips.csv", "trips"},
        {"trips_20260101T080000.csv.gz", "trips_*.csv", "trips"},
        {"trips-2026-01-01_08:00:00Z.json", "trips-*.json", "trips"},
        {"Trips 7.json", "Trips *.json", "trips"},
        {"vehicle_3f7a9c2e5b8d4e61.json", "vehicle_*.json", "vehicle"},
        {"v3_status_12.json", "v3_status_*.json", "v3_status"},
        {"20260101.csv", "*.csv", "feed"},
        {"a[1].json.zst", "a?*].json", "a"},
        {"café_1.json", "café_*.json", "caf"},
        {"caf\xE9_1.json", "caf?_*.json", "caf"},
    };
    for (const auto& c : cases) {
      CHECK(pattern_of(c.file) == c.pattern);
      CHECK(feed_name_of(c.file) == c.feed);
    }
  }
  TEST_CASE("any text becomes a plain identifier") {
    CHECK(identifier_of("vehicleId", "x") == "vehicle_id");
    CHECK(identifier_of("Vehicle-ID (new)", "x") == "vehicle_id_new");
    CHECK(identifier_of("GPS.lat", "x") == "gps_lat");
    CHECK(identifier_of("\xC3\xA9", "value") == "value");
    CHECK(identifier_of("2nd", "value") == "value_2nd");
    CHECK(identifier_of(std::string(100, 'a'), "x").size() == 48);
  }
  TEST_CASE("a pointer cannot name a member without a name, with a star, or that is not UTF-8") {
    CHECK(is_pointer_token("a/b~é"));
    for (const char* name : {"", "a*", "\xED\xA0\x80", "caf\xE9"})
      CHECK(!is_pointer_token(name));
  }
}
