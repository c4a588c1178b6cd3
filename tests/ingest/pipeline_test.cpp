// Files in, rows out: each situation on both engines, with the real daemon.
#include "support/pipeline.hpp"

#include "decode/decoding.hpp"
#include "support/each_store.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("pipeline") {
  TEST_CASE_ON_EACH_STORE("a file of events and one of statuses become rows, ledger entries and archived files") {
    Pipeline p{target};
    p.drop("objects_detection_1.json",
           events(event("v", k_time,
                        R"([{"object_type":"cars","object_value":2},{"object_type":"signs","object_value":3}])")));
    p.drop("vehicles_status_1.json", statuses(status("v", k_time, "driving")));
    CHECK(p.run_once() == Exit::ok);
    CHECK(
        p.rows(
            "select vehicle_id, detection_time, object_type, object_value, ordinal from detections order by ordinal") ==
        std::vector<std::string>{"v|2022-06-05T21:02:34.546000Z|cars|2|1", "v|2022-06-05T21:02:34.546000Z|signs|3|2"});
    CHECK(p.rows("select vehicle_id, report_time, status from vehicle_status") ==
          std::vector<std::string>{"v|2022-06-05T21:02:34.546000Z|driving"});
    CHECK(
        p.rows(
            "select file_name, feed, status, records, rows_loaded, rows_duplicate, rows_rejected, attempt, error from ingest_log order by file_name") ==
        std::vector<std::string>{"objects_detection_1.json|objects_detection|loaded|1|1|0|0|1|\\N",
                                 "vehicles_status_1.json|vehicles_status|loaded|1|1|0|0|1|\\N"});
    CHECK(p.files("processed").size() == 2);
    CHECK(p.files("landing").empty());
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("the same content again, under the same name and another, is a duplicate and loads nothing") {
    Pipeline p{target};
    const std::string text = events(event("v", k_time));
    p.drop("objects_detection_1.json", text);
    p.drop("objects_detection_2.json", text);
    CHECK(p.run_once() == Exit::ok);
    p.drop("objects_detection_1.json", text);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "1");
    CHECK(p.rows("select status, duplicate_of from ingest_log order by file_id") ==
          std::vector<std::string>{"loaded|\\N", "duplicate|1", "duplicate|1"});
    CHECK(p.files("processed").size() == 3);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "equal bytes under the names of two vehicles are two contents, together, alone and in large files") {
    const Feed named = parse_feed(R"(
name = "named"
files = ["n_*"]
records = [""]
table = "named"
key = ["id"]
columns = [{ name = "id", from = "/id", type = "bigint" }, { name = "vehicle", from = "name", type = "text" }]
)",
                                  "named.toml");
    for (const std::uint64_t large_file : {std::uint64_t{4'194'304}, std::uint64_t{10}}) {
      Pipeline p{fresh_like(target), registry_of({named})};
      p.config.large_file = large_file;
      const std::string text = R"([{"id":1},{"id":2}])";
      p.drop("n_a", text);
      p.drop("n_b", text);
      CHECK(p.run_once() == Exit::ok);
      p.drop("n_c", text);
      CHECK(p.run_once() == Exit::ok);
      p.drop("n_a", text);
      CHECK(p.run_once() == Exit::ok);
      CHECK(p.rows("select file_name, status, name_values from ingest_log order by 1, 2") ==
            std::vector<std::string>{R"(n_a|duplicate|["n_a"])", R"(n_a|loaded|["n_a"])", R"(n_b|loaded|["n_b"])",
                                     R"(n_c|loaded|["n_c"])"});
      CHECK(p.one("select count(*) from named") == "6");
      CHECK(p.one("select count(*) from ingest_log where claimed_at is null or claimed_at > started_at") == "0");
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("the same records in other bytes are counted as duplicates of the file that has them") {
    Pipeline p{target};
    p.drop("objects_detection_1.json", events(event("v", k_time)));
    CHECK(p.run_once() == Exit::ok);
    p.drop("objects_detection_2.json",
           events(" " + event("v", k_time) + "," + event("w", k_time) + "," + event("w", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select records, rows_loaded, rows_duplicate from ingest_log order by file_id") ==
          std::vector<std::string>{"1|1|0", "3|1|2"});
    CHECK(p.rows("select file_id, holder_file_id, rows from ingest_overlap") == std::vector<std::string>{"2|1|1"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("another event of the same vehicle at the same time is another row") {
    Pipeline p{target};
    p.drop("objects_detection_1.json", events(event("v", k_time) + "," + event("v", k_time, "[]")));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "2");
  }

  TEST_CASE_ON_EACH_STORE(
      "a broken file fails with the position of the error and a reason file, and the other files load") {
    Pipeline p{target};
    p.drop("objects_detection_bad.json", "{\"objects_detection_events\": [\n" + event("v", k_time) + ",\n  nonsense]}");
    p.drop("objects_detection_good.json", events(event("w", k_time)));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.rows("select status, error_line, error_column, rows_loaded from ingest_log where file_name like '%bad%'") ==
          std::vector<std::string>{"failed|3|4|0"});
    CHECK(p.one("select vehicle_id from detection_events") == "w");
    const auto failed = p.files("failed");
    REQUIRE(failed.size() == 2);
    CHECK(failed[0].ends_with("objects_detection_bad.json"));
    CHECK(failed[1].ends_with("objects_detection_bad.json.reason.txt"));
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a failed file that was corrected loads under the same name") {
    Pipeline p{target};
    p.drop("objects_detection_1.json", "[1");
    p.config.grace = std::chrono::milliseconds{1};
    CHECK(p.run_once() == Exit::bad_data);
    p.drop("objects_detection_1.json", events(event("v", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select status from ingest_log order by file_id") == std::vector<std::string>{"failed", "loaded"});
  }

  TEST_CASE_ON_EACH_STORE("a file with good and bad records is partial: rows loaded, rejects stored") {
    Pipeline p{target};
    p.drop("objects_detection_1.json",
           events(event("v", k_time) + R"(,{"vehicle_id":"x\u0000"},)" + event("w", "yesterday")));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select status, records, rows_loaded, rows_rejected from ingest_log") == "partial|3|1|2");
    CHECK(
        p.rows("select record_no, field, code, reason, value, byte_offset, fault_line, fault_column, raw "
               "from ingest_rejects order by record_no, field") ==
        std::vector<std::string>{
            R"(2|detection_time|missing|is missing|\N|147|1|148|\N)",
            R"(2|object_types|missing|is missing|/detections/*/object_type or /object_type|147|1|148|\N)",
            R"(2|object_values|missing|is missing|/detections/*/object_value or /object_value|147|1|148|\N)",
            R"(2|vehicle_id|value|contains U+0000, which a database cannot store|\N|147|1|162|{"vehicle_id":"x\\u0000"})",
            R"(3|detection_time|format|is not an RFC 3339 time (YYYY-MM-DDThh:mm[:ss[.fraction]][Z|±hh:mm])|"yesterday"|172|1|208|)" +
                event("w", "yesterday")});
    p.config.strict = true;
    p.drop("objects_detection_2.json", events(event("u", k_time) + ",5"));
    CHECK(p.run_once() == Exit::bad_data);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a file with only rejected records fails, and the rejects are stored") {
    Pipeline p{target};
    p.drop("objects_detection_1.json", events("1,2,3"));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.one("select status, records, rows_loaded, rows_rejected from ingest_log") == "failed|3|0|3");
    CHECK(p.one("select count(*) from ingest_rejects") == "3");
  }

  TEST_CASE_ON_EACH_STORE("late reports enter the history only; the content decides between equal times") {
    Pipeline p{target};
    p.drop("vehicles_status_1.json", statuses(status("a", "2024-01-02T00:00:00Z", "driving") + "," +
                                              status("b", "2024-01-01T00:00:00Z", "accident")));
    CHECK(p.run_once() == Exit::ok);
    p.drop("vehicles_status_2.json", statuses(status("a", "2024-01-01T00:00:00Z", "parking") + "," +
                                              status("b", "2024-01-01T00:00:00Z", "parking") + "," +
                                              status("b", "2024-01-01T00:00:00Z", "driving")));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select vehicle_id, status from vehicle_status order by 1") ==
          std::vector<std::string>{"a|driving", "b|parking"});
    CHECK(p.one("select count(*) from vehicle_status_history") == "5");
  }

  TEST_CASE_ON_EACH_STORE("files without a feed are recorded once and stay in landing") {
    Pipeline p{target};
    p.drop("holiday.jpg", "x");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select file_name, status, feed from ingest_log") ==
          std::vector<std::string>{"holiday.jpg|unrouted|\\N"});
    CHECK(p.files("landing") == std::vector<std::string>{"holiday.jpg"});
  }

  TEST_CASE_ON_EACH_STORE("F05: a document that ends too early stays in landing until the grace time is over") {
    Pipeline p{target};
    p.config.grace = std::chrono::hours{2};
    p.drop("objects_detection_1.json", R"({"objects_detection_events":[)");
    CHECK(p.run_once() == Exit::left_over);
    CHECK(p.files("landing") == std::vector<std::string>{"objects_detection_1.json"});
    CHECK(p.rows("select 1 from ingest_log").empty());
    p.config.grace = std::chrono::minutes{1};
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.one("select status from ingest_log") == "failed");
  }

  TEST_CASE_ON_EACH_STORE("C13: large files are streamed in windows, with duplicates, rejects and errors") {
    Pipeline p{target};
    p.config.large_file = 10'000;
    p.config.window_bytes = 20'000;
    std::string records = event("v0", k_time) + ",7";
    for (int i = 0; i < 3000; ++i)
      records += "," + event("v" + std::to_string(i % 2900), k_time);
    p.drop("objects_detection_large.json", events(records));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select status, records, rows_loaded, rows_duplicate, rows_rejected from ingest_log") ==
          "partial|3002|2900|101|1");
    p.drop("objects_detection_again.json", events(records));
    p.drop("objects_detection_other.json", events(records + " "));
    CHECK(p.run_once() == Exit::ok);
    CHECK(
        p.rows(
            "select file_name, status, duplicate_of, rows_loaded, rows_duplicate from ingest_log where file_id > 1 order by file_name") ==
        std::vector<std::string>{"objects_detection_again.json|duplicate|1|0|0",
                                 "objects_detection_other.json|partial|\\N|0|3001"});
    p.drop("objects_detection_broken.json", events(records).substr(0, events(records).size() - 2) + " oops]}");
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.one("select status, rows_loaded from ingest_log where file_name like '%broken%'") == "failed|0");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("F18: a file whose name is not valid UTF-8 is loaded, and one with a name of 255 bytes") {
    Pipeline p{target};
    const std::string odd = "objects_detection_\n\x1b[31m\xff\\'\".json";
    const std::string longest = "objects_detection_" + std::string(255 - 18 - 5, 'x') + ".json";
    p.drop(odd, events(event("v", k_time)));
    p.drop(longest, events(event("w", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select file_name from ingest_log where file_name not like '%xxx%'") ==
          R"(objects_detection_\x0a\x1b[31m\xff\\'".json)");
    CHECK(p.one("select count(*) from detection_events") == "2");
    CHECK(p.files("processed").size() == 2);
  }

  TEST_CASE_ON_EACH_STORE("F38: an existing file in the archive is never overwritten") {
    Pipeline p{target};
    for (int i = 0; i < 3; ++i) {
      p.drop("objects_detection_1.json", events(event("v" + std::to_string(i), k_time)));
      CHECK(p.run_once() == Exit::ok);
    }
    CHECK(p.files("processed").size() == 3);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("files of a large claim are archived in its directory") {
    Pipeline p{target};
    for (int i = 0; i < 100; ++i)
      p.drop("objects_detection_" + std::to_string(i) + ".json", events(event("v" + std::to_string(i), k_time)));
    p.drop("objects_detection_again.json", events(event("v7", k_time)));
    p.drop("objects_detection_bad.json", "[oops]");
    CHECK(p.run_once() == Exit::bad_data);
    p.check_books();
    CHECK(p.rows("select status, count(*) from ingest_log group by 1 order by 1") ==
          std::vector<std::string>{"duplicate|1", "failed|1", "loaded|100"});
    const std::string claim = p.one("select min(claim) from ingest_log");
    const auto processed = p.files("processed");
    CHECK(processed.size() == 101);
    for (const std::string& path : processed)
      CHECK(std::filesystem::path{path}.parent_path().filename() == claim);
    CHECK(p.one("select count(*) from ingest_log where archive_path like 'processed/%/" + claim + "/objects%'") ==
          "101");
    const auto failed = p.files("failed");
    REQUIRE(failed.size() == 2);
    CHECK(std::filesystem::path{failed[0]}.parent_path().filename() == claim);
  }

  TEST_CASE("a mixed set of files gives the same tables in ten random orders") {
    std::vector<std::pair<std::string, std::string>> files;
    std::mt19937 random{7};
    const auto any = [&](unsigned n) { return std::to_string(random() % n); };
    for (int f = 0; f < 24; ++f) {
      std::string records;
      for (int i = 0; i < 30; ++i)
        records += (i ? "," : "") + (f % 2 ? status("v" + any(5), "2024-01-01T00:00:0" + any(10) + "Z",
                                                    any(2) == "0" ? "driving" : "parking")
                                           : event("v" + any(5), "2024-01-01T00:00:0" + any(10) + "Z",
                                                   R"([{"object_type":"cars","object_value":)" + any(3) + "}]"));
      if (f % 5 == 0)
        records += ",{}";
      const std::string text = f % 2 ? statuses(records) : events(records);
      files.emplace_back((f % 2 ? "vehicles_status_" : "objects_detection_") + std::to_string(f) + ".json",
                         f % 11 == 10 ? text.substr(0, text.size() - 1) + "?" : text);
    }
    on_each_store([&](const store::Target& target) {
      std::vector<std::string> expected;
      for (int order = 0; order < 10; ++order) {
        std::mt19937 shuffle{static_cast<unsigned>(order)};
        std::ranges::shuffle(files, shuffle);
        Pipeline p{fresh_like(target)};
        p.config.large_file = order % 2 ? 1500 : 4'000'000;
        p.config.window_bytes = order % 3 ? 1000 : 8'000'000;
        p.config.batch_files = 1 + static_cast<std::size_t>(order) * 3;
        for (std::size_t i = 0; i < files.size(); ++i) {
          p.drop(files[i].first, files[i].second);
          if (i % 7 == 6)
            p.run_once();
        }
        p.run_once();
        p.check_books();
        if (order == 0)
          expected = p.data();
        else
          CHECK(p.data() == expected);
      }
    });
  }
}
