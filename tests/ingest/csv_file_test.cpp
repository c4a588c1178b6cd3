// CSV files through the daemon, on both engines: rows, rejects, ledger, duplicates, windows and directories.
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

Registry trips() {
  return registry_of({parse_feed(R"(
name = "trips"
files = ["trips_*.csv"]
format = "csv"
table = "trips"
key = ["id", "started"]
columns = [
  { name = "id",      from = "/id",      type = "bigint" },
  { name = "started", from = "/started", type = "timestamp" },
  { name = "region",  from = "/region",  type = "text", required = false },
  { name = "file",    from = "name",     type = "text" },
]
)",
                                 "trips.toml")});
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_SUITE("CSV files") {
  TEST_CASE_ON_EACH_STORE("records become rows, a wrong one is a reject with its place, and the file is archived") {
    Pipeline p{target, trips()};
    p.drop("trips_1.csv", "id,started,region\r\n1,2026-01-01T08:00:00Z,\"north\r\nwest\"\r\nx,2026-01-01,\r\n"
                          "2,2026-01-01T09:00:00Z,\r\n3,2026-01-01T09:00:00Z\r\n");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select id, started, region, file from trips order by id") ==
          Lines{"1|2026-01-01T08:00:00.000000Z|north\r\nwest|trips_1.csv",
                "2|2026-01-01T09:00:00.000000Z|\\N|trips_1.csv"});
    CHECK(p.rows("select status, records, rows_loaded, rows_rejected, first_time, last_time from ingest_log") ==
          Lines{"partial|4|2|2|2026-01-01T08:00:00.000000Z|2026-01-01T09:00:00.000000Z"});
    CHECK(p.rows("select record_no, field, code, fault_line from ingest_rejects order by record_no, field") ==
          Lines{"2|id|type|4", "2|started|format|4", "4||csv|6"});
    CHECK(p.files("processed").size() == 1);
    CHECK(p.files("landing").empty());
  }
  TEST_CASE_ON_EACH_STORE("the same bytes are a duplicate, and many records in small windows are all loaded once") {
    Pipeline p{target, trips()};
    p.config.window_bytes = 4096;
    std::string text = "started,id\n";
    for (int i = 0; i < 3'000; ++i)
      text += "2026-01-01T08:00:00Z," + std::to_string(i % 2'500) + "\n";
    p.drop("trips_1.csv", text);
    CHECK(p.run_once() == Exit::ok);
    p.drop("trips_1.csv", text);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from trips") == "2500");
    CHECK(p.rows("select status, records, rows_loaded, rows_duplicate from ingest_log order by file_id") ==
          Lines{"loaded|3000|2500|500", "duplicate|0|0|0"});
  }
  TEST_CASE_ON_EACH_STORE("a file with a wrong header fails with the header in its reason, and no row stays") {
    Pipeline p{target, trips()};
    p.drop("trips_1.csv", "ID;started;region\n1;2026-01-01T08:00:00Z;a\n");
    p.drop("trips_2.csv", "id,started,region\n1,2026-01-01T08:00:00Z,a\n2,2026-01-01T08:00:00Z,\"b\n");
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.one("select count(*) from trips") == "0");
    CHECK(p.rows("select file_name, status, error, error_line, error_column from ingest_log order by file_name") ==
          Lines{"trips_1.csv|failed|the header lacks a required field: column \"id\" reads /id, the header is: "
                "ID;started;region (byte 0, line 1, column 1); hint: check the name, which is case-sensitive, and the "
                "delimiter of the feed|1|1",
                "trips_2.csv|failed|a quoted field is not closed (byte 66, line 3, column 24)|3|24"});
    CHECK(p.files("failed").size() == 4);
  }
}
