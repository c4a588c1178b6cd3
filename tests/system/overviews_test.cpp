// The views for people: vehicle_overview, load_history and reject_summary, on both engines.
#include "decode/decoding.hpp"
#include "store/catalog.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

using Lines = std::vector<std::string>;

Registry only(const char* name) { return registry_of({*built_in().find(name)}); }

std::string at(int hour) {
  return "2026-01-01T" + std::string{hour < 10 ? "0" : ""} + std::to_string(hour) + ":00:00Z";
}
std::string stored(int hour) { return at(hour).substr(0, 19) + ".000000Z"; }

void load(Pipeline& p, const std::string& name, const std::string& content) {
  p.drop(name, content);
  p.run_once();
}

const std::string k_overview = "select * from vehicle_overview order by vehicle_id";

// The same as vehicle_overview says, by counting the runs of all reports.
const std::string k_runs = R"(
select h.vehicle_id, min(h.report_time) as status_since
from vehicle_status_history h
join vehicle_status s on s.vehicle_id = h.vehicle_id and s.status = h.status
where not exists (select 1 from vehicle_status_history o
                  where o.vehicle_id = h.vehicle_id and o.status <> h.status and o.report_time > h.report_time)
group by h.vehicle_id
order by h.vehicle_id
)";

}  // namespace

TEST_SUITE("overviews") {
  TEST_CASE_ON_EACH_STORE(
      "a vehicle has its status since the first report of the unbroken run, also when reports come late") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json",
         statuses(status("a", at(8), "driving") + "," + status("a", at(12), "parking") + "," +
                  status("b", at(8), "driving")));
    load(p, "objects_detection_1.json", events(event("a", at(9)) + "," + event("b", at(11)) + "," + event("x", at(9))));
    CHECK(p.rows(k_overview) ==
          Lines{"a|parking|" + stored(12) + "|" + stored(12) + "|" + stored(9) + "|" + stored(12),
                "b|driving|" + stored(8) + "|" + stored(8) + "|" + stored(11) + "|" + stored(11)});

    load(p, "vehicles_status_2.json", statuses(status("a", at(10), "parking") + "," + status("a", at(13), "parking")));
    CHECK(p.rows("select status_since, report_time from vehicle_overview where vehicle_id = 'a'") ==
          Lines{stored(10) + "|" + stored(13)});

    load(p, "vehicles_status_3.json", statuses(status("a", at(11), "driving") + "," + status("b", at(8), "accident")));
    CHECK(p.one("select status_since from vehicle_overview where vehicle_id = 'a'") == stored(12));
    CHECK(p.one("select status, status_since from vehicle_overview where vehicle_id = 'b'") == "driving|" + stored(8));
  }

  TEST_CASE_ON_EACH_STORE(
      "the begin of each run is that of a count over all reports, in any order and with equal times") {
    Pipeline p{target};
    std::mt19937 random{7};
    for (int file = 0; file < 4; ++file) {
      std::string all;
      for (int i = 0; i < 60; ++i)
        all += (i == 0 ? "" : ",") + status("v" + std::to_string(random() % 8), at(static_cast<int>(random() % 24)),
                                            random() % 3 == 0 ? "driving" : "parking");
      load(p, "vehicles_status_" + std::to_string(file) + ".json", statuses(all));
    }
    const Lines expected = p.rows(k_runs);
    CHECK(expected.size() == 8);
    CHECK(p.rows("select vehicle_id, status_since from vehicle_overview order by vehicle_id") == expected);
  }

  TEST_CASE_ON_EACH_STORE(
      "with one built-in feed the overview has what is there, and gains detections with the other one") {
    SUBCASE("statuses first") {
      Pipeline p{target, only("vehicles_status")};
      load(p, "vehicles_status_1.json", statuses(status("a", at(8), "driving")));
      CHECK(p.rows(k_overview) == Lines{"a|driving|" + stored(8) + "|" + stored(8) + "|\\N|" + stored(8)});
      Pipeline both{target};
      load(both, "objects_detection_1.json", events(event("a", at(9))));
      CHECK(both.rows(k_overview) ==
            Lines{"a|driving|" + stored(8) + "|" + stored(8) + "|" + stored(9) + "|" + stored(9)});
    }
    SUBCASE("detections first, and then a process that knows only statuses") {
      Pipeline p{target, only("objects_detection")};
      load(p, "objects_detection_1.json", events(event("a", at(9))));
      CHECK_FALSE(catalog(*open_migrated(target, only("objects_detection"))).contains("vehicle_overview"));
      Pipeline other{target, only("vehicles_status")};
      load(other, "vehicles_status_1.json", statuses(status("a", at(8), "driving")));
      CHECK(other.rows(k_overview) ==
            Lines{"a|driving|" + stored(8) + "|" + stored(8) + "|" + stored(9) + "|" + stored(9)});
    }
    SUBCASE("a user's feed with the name of the other one, and other columns") {
      Feed own = *built_in().find("objects_detection");
      own.origin = "feeds.d/objects_detection.toml";
      Pipeline p{target, registry_of({own, *built_in().find("vehicles_status")})};
      load(p, "objects_detection_1.json", events(event("a", at(9))));
      load(p, "vehicles_status_1.json", statuses(status("a", at(8), "driving")));
      CHECK(p.rows(k_overview) == Lines{"a|driving|" + stored(8) + "|" + stored(8) + "|\\N|" + stored(8)});
    }
  }

  TEST_CASE_ON_EACH_STORE("load_history says what became of each file, with its first error") {
    Pipeline p{target};
    const std::string good = events(event("a", at(8)));
    load(p, "objects_detection_1.json", good);
    load(p, "objects_detection_2.json", events(event("a", at(9)) + ",\n{\"vehicle_id\":7},\n5"));
    load(p, "objects_detection_3.json", "{]}");
    load(p, "objects_detection_4.json", good);
    load(p, "unrouted.txt", "x");
    const auto history = [&](const std::string& name) {
      return p.one("select status, table_name, row_parsed, row_count, error_count, first_error_line_number, "
                   "first_error_column_name from load_history where file_name = '" +
                   name + "'");
    };
    CHECK(history("objects_detection_1.json") == "Loaded|detection_events|1|1|0|\\N|\\N");
    CHECK(history("objects_detection_2.json") ==
          "Partially loaded|detection_events|3|1|2|2|" +
              p.one("select field from ingest_rejects where record_no = 2 and raw is not null"));
    CHECK(history("objects_detection_3.json") == "Load failed|detection_events|0|0|0|1|\\N");
    CHECK(history("objects_detection_4.json") == "Load skipped|detection_events|0|0|0|\\N|\\N");
    CHECK(history("unrouted.txt") == "Load skipped|\\N|0|0|0|\\N|\\N");
    CHECK(p.one("select file_size from load_history where status = 'Loaded'") == std::to_string(good.size()));
    CHECK(
        p.one(
            "select first_error_message = reason from load_history, ingest_rejects r where status = 'Partially loaded' "
            "and r.record_no = 2 and r.raw is not null") == "1");
    CHECK(
        p.one("select count(*) from load_history where status = 'Load failed' and first_error_message is not null and "
              "stage_location like 'failed/%' and last_load_time >= started_at") == "1");
    CHECK(p.one("select count(*) from load_history l join ingest_log i on i.file_id = l.file_id and i.file_name = "
                "l.file_name") == p.one("select count(*) from ingest_log"));
  }

  TEST_CASE_ON_EACH_STORE("reject_summary counts by code and column, with the newest example") {
    Pipeline p{target};
    load(p, "objects_detection_1.json",
         events(event("a", at(8)) + R"(,{"vehicle_id":7,"detection_time":"2026-01-01T00:00:00Z"})"));
    load(
        p, "objects_detection_2.json",
        events(R"({"vehicle_id":8,"detection_time":"soon"},{"vehicle_id":9,"detection_time":"2026-01-01T00:00:00Z"})"));
    load(p, "vehicles_status_1.json", statuses(status("a", at(8), "driving") + ",5"));
    const Lines found = p.rows("select feed, code, field, rejects, files, example_value, example_file_name from "
                               "reject_summary where field in ('vehicle_id', 'detection_time') order by field");
    CHECK(found ==
          Lines{"objects_detection|format|detection_time|1|1|" +
                    p.one("select value from ingest_rejects where field = 'detection_time' and code = 'format'") +
                    "|objects_detection_2.json",
                "objects_detection|type|vehicle_id|3|2|9|objects_detection_2.json"});
    CHECK(p.one("select example_record from reject_summary where field = 'vehicle_id'").find("\"vehicle_id\":9") !=
          std::string::npos);
    // of the record's second fault, whose row has no text of the record
    CHECK(p.one("select example_record from reject_summary where field = 'detection_time'").find("\"vehicle_id\":8") !=
          std::string::npos);
    CHECK(p.one("select sum(rejects) from reject_summary") == p.one("select count(*) from ingest_rejects"));
    CHECK(p.one("select count(*) from reject_summary where feed = 'vehicles_status' and example_time is not null and "
                "example_file_id = 3") == "1");
  }

  TEST_CASE("PostgreSQL: the usual conditions on load_history and vehicle_overview use an index") {
    Pipeline p{fresh_database()};
    load(p, "vehicles_status_1.json", statuses(status("a", at(8), "driving")));
    const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
    session->exec_script(
        "insert into ingest_log (claim, file_name, feed, status, started_at) select 'c', 'f' || i, 'objects_detection', "
        "case when i % 1000 = 1 then 'failed' when i % 1000 = 2 then 'partial' else 'loaded' end, "
        "'2026-01-01Z'::timestamptz + i * interval '1 s' from generate_series(1, 100000) i;"
        "insert into vehicle_status_history select 'v' || i % 100, '2026-01-01Z'::timestamptz + i * interval '1 s', i, 'x', 1 "
        "from generate_series(1, 50000) i; analyze");
    for (const char* condition :
         {"load_history where status = 'Load failed'", "load_history where status = 'Partially loaded'",
          "load_history where file_name = 'f7'", "load_history where file_id = 7",
          "load_history where started_at >= '2026-01-02T03:00:00Z'", "vehicle_overview where vehicle_id = 'a'"}) {
      const Lines plan = p.rows(std::string{"explain select * from "} + condition);
      for (const std::string& line : plan)
        CHECK_MESSAGE(line.find("Seq Scan on ingest_log") == std::string::npos, condition << ": " << line);
      for (const std::string& line : plan)
        CHECK_MESSAGE(line.find("Seq Scan on vehicle_status_history") == std::string::npos, condition << ": " << line);
    }
  }
}
