// The sample feeds load their sample files by declaration alone, with the same rows on both engines.
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/places.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

using Lines = std::vector<std::string>;

// Loads all files of one directory of samples with the feeds of samples/feeds.
Pipeline load_samples(const store::Target& target, const std::string& directory) {
  Pipeline p{target, Registry::load(source("samples/feeds"))};
  for (const auto& entry : std::filesystem::directory_iterator{source("samples/" + directory)}) {
    std::ifstream file{entry.path(), std::ios::binary};
    p.drop(entry.path().filename(), std::string{std::istreambuf_iterator<char>{file}, {}});
  }
  CHECK(p.run_once() == Exit::ok);
  return p;
}

}  // namespace

TEST_SUITE("samples") {
  TEST_CASE_ON_EACH_STORE("user actions: nested documents one after another, with a date in the zone of the feed") {
    Pipeline p = load_samples(target, "user_actions");
    CHECK(p.rows("select user_id, event_time, event_date, action, amount, campaign from user_actions "
                 "order by event_time") == Lines{"18|2025-12-31T23:05:00.000000Z|2026-01-01|purchase|12.50|winter",
                                                 "17|2026-01-01T07:00:00.250000Z|2026-01-01|view|0.00|\\N",
                                                 "17|2026-01-01T08:15:00.000000Z|2026-01-01|view|0.00|\\N",
                                                 "17|2026-01-01T23:30:00.000000Z|2026-01-02|click|3.00|\\N"});
    CHECK(p.rows("select record_no, field, code from ingest_rejects order by record_no, field") ==
          Lines{"2|user_id|type", "3|action|value", "3|event_date|format", "3|event_time|format", "4|amount|range"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("taxi trips: CSV with points, local times and codes") {
    Pipeline p = load_samples(target, "taxi_trips");
    CHECK(p.rows("select trip_id, pickup_time, payment, fare, tip from taxi_trips "
                 "order by trip_id") ==
          Lines{"1|2026-01-01T05:14:05.000000Z|card|9.50|2.00", "2|2026-01-01T05:20:00.000000Z|cash|52.00|0.00",
                "3|2026-01-01T05:31:12.000000Z|free|0.00|0.00", "4|2026-01-02T13:00:00.000000Z|card|8.00|1.00"});
    CHECK(p.one("select count(*) from taxi_trips where pickup_lon between -74.01 and -73.77 and pickup_lat > 40.6") ==
          "4");
    CHECK(p.rows("select record_no, field, code, fault_line from ingest_rejects order by record_no, field") ==
          Lines{"2|pickup_lat|format|3", "2|pickup_lon|format|3", "3|payment|value|4", "4||csv|5"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("machine sensors: members around the readings, a site in the file name, values of any type") {
    Pipeline p = load_samples(target, "machine_sensors");
    CHECK(p.rows("select machine, site, sensor, read_at, unit from machine_sensors order by read_at, sensor") ==
          Lines{"press-7|north|temperature|2026-01-01T08:00:00.000000Z|C",
                "press-7|north|door|2026-01-01T08:00:00.250000Z|\\N",
                "press-7|north|running|2026-01-01T08:00:01.000000Z|\\N",
                "press-7|north|position|2026-01-01T08:00:02.000000Z|mm"});
    CHECK(p.one("select count(*) from machine_sensor") == "4");
    p.check_books();
  }
}
