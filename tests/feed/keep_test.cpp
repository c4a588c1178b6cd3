#include "feed/keep.hpp"

#include "base/error.hpp"
#include "base/time.hpp"
#include "support/readings.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string horizon_of(const std::string& keep, const std::string& now) {
  return format_time(parse_keep(keep)->horizon_at(*parse_time(now).micros));
}

std::pair<std::string, std::string> refusal(const std::string& options) {
  try {
    readings(options);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::config);
    return {error.what(), error.hint()};
  }
  return {};
}

}  // namespace

TEST_SUITE("keep") {
  TEST_CASE("a horizon is the begin of a day in UTC, so it rises once a day") {
    CHECK(horizon_of("90d", "2026-12-01T00:00:00Z") == "2026-09-02T00:00:00.000000Z");
    CHECK(horizon_of("90d", "2026-12-01T23:59:59.999999Z") == "2026-09-02T00:00:00.000000Z");
    CHECK(horizon_of("90d", "2026-12-02T00:00:00Z") == "2026-09-03T00:00:00.000000Z");
    CHECK(horizon_of("36h", "2026-12-02T11:59:59Z") == "2026-11-30T00:00:00.000000Z");
    CHECK(horizon_of("36525d", "2026-12-01T12:00:00Z") == "1926-12-01T00:00:00.000000Z");  // before 2000
    CHECK(horizon_of("1d", "2000-01-01T00:00:00Z") == "1999-12-31T00:00:00.000000Z");
  }

  TEST_CASE("keep is a duration from a day to a hundred years") {
    CHECK(parse_keep("1d")->micros == k_micros_a_day);
    CHECK(parse_keep("36525d"));
    for (const char* text : {"23h", "36526d", "90", "", "-1d", "forever"})
      CHECK_MESSAGE(!parse_keep(text), text);
  }

  TEST_CASE("keep and by are part of the declaration that all daemons must agree on") {
    const Feed feed = readings();
    REQUIRE(feed.keep);
    CHECK(feed.keep->text == "90d");
    CHECK(feed.columns[feed.keep->column].name == "at");
    CHECK(!readings("").keep);
    CHECK(feed.declaration != readings("").declaration);
    CHECK(feed.declaration != readings("keep = \"91d\"\nby = \"at\"\n").declaration);
  }

  TEST_CASE("each fault of keep and by is named with its line and a remedy, all of them at once") {
    CHECK(refusal("keep = \"90d\"\n").first == "feeds.d/readings.toml:7: keep without by");
    CHECK(refusal("by = \"at\"\n").first == "feeds.d/readings.toml:7: by without keep");
    CHECK(refusal("keep = \"1h\"\nby = \"at\"\n").first ==
          "feeds.d/readings.toml:7: keep \"1h\" is not a time from 1d to 36525d");
    CHECK(refusal("keep = 90\nby = \"at\"\n").first == "feeds.d/readings.toml:7: keep is not a string");
    CHECK(refusal("keep = \"90d\"\nby = \"when\"\n").first == "feeds.d/readings.toml:8: unknown column \"when\"");
    CHECK(refusal("keep = \"90d\"\nby = \"sensor\"\n").first ==
          "feeds.d/readings.toml:8: by \"sensor\" is text, which cannot say how old each row is");
    const auto [text, hint] = refusal("keep = \"1h\"\nby = \"value\"\n");
    CHECK(text ==
          "feeds.d/readings.toml:7: keep \"1h\" is not a time from 1d to 36525d; line 8: by \"value\" is a nullable "
          "integer, which cannot say how old each row is");
    CHECK(hint == "for example keep = \"90d\", by = \"detection_time\"; by is a required column of type timestamp");
    const std::string nullable = R"(  { name = "seen", from = "/seen", type = "timestamp", required = false },
)";
    CHECK_THROWS_WITH_AS(readings("keep = \"90d\"\nby = \"seen\"\n", nullable),
                         "feeds.d/readings.toml:8: by \"seen\" is a nullable timestamp, which cannot say how old each "
                         "row is",
                         Error);
  }
}
