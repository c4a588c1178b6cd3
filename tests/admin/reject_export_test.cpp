#include "admin/reject_export.hpp"

#include "admin/replaying.hpp"
#include "support/compressed.hpp"
#include "support/each_store.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string exported(Pipeline& p, std::int64_t file_id) {
  const auto session = store::open(p.target(), store::Access::read_only, "longshore/test");
  const auto file = store::read_file(*session, file_id);
  REQUIRE(file);
  std::string text;
  admin::export_rejects(p.config, p.registry, *session, *file, [&](std::string_view part) { text += part; });
  return text;
}

std::string refusal(Pipeline& p, std::int64_t file_id) {
  try {
    exported(p, file_id);
  } catch (const Error& error) {
    CHECK(!error.hint().empty());
    return error.what();
  }
  return "";
}

std::filesystem::path copy_of(Pipeline& p, int file_id) {
  return p.scratch / p.one("select archive_path from ingest_log where file_id = " + std::to_string(file_id));
}

}  // namespace

TEST_SUITE("export of rejected records") {
  TEST_CASE_ON_EACH_STORE("rejected records that are corrected and dropped again load") {
    Pipeline p{target};
    const std::string pretty = "{\n  \"vehicle_id\": 7,\n  \"detection_time\": \"" + k_time +
                               "\",\n  \"detections\": [ { \"object_type\": \"a \\\" } b\", \"object_value\": 1 } ]\n}";
    load(p, "objects_detection_1.json", events(event("v", k_time) + ",\n" + pretty + " , 5," + event("w", "now")));
    const std::string text = exported(p, 1);
    CHECK(text == R"({"vehicle_id":7,"detection_time":")" + k_time +
                      R"(","detections":[{"object_type":"a \" } b","object_value":1}]})" + "\n5\n" + event("w", "now") +
                      "\n");

    std::string corrected = text;
    corrected.replace(corrected.find(":7"), 2, ":\"x\"");
    corrected.replace(corrected.find("5\n"), 2, "");
    corrected.replace(corrected.find("\"now\""), 5, "\"" + k_time + "\"");
    load(p, "objects_detection_2.json", corrected);
    CHECK(p.one("select status, rows_loaded, rows_rejected from ingest_log where file_id = 2") == "loaded|2|0");
    CHECK(p.one("select count(*) from detection_events") == "3");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a line that is not JSON is exported as it is, also from a compressed copy") {
    Pipeline p{target};
    const std::string lines = event("v", k_time) + "\n  {\"vehicle_id\": \n" + event("w", "now") + "\r\nnonsense\n";
    load(p, "objects_detection_1.json.gz", gzip(lines));
    CHECK(p.one("select status, rows_rejected from ingest_log") == "partial|3");
    CHECK(exported(p, 1) == "{\"vehicle_id\": \n" + event("w", "now") + "\nnonsense\n");
  }

  TEST_CASE_ON_EACH_STORE("records behind the horizon of their feed are exported, although none of them is stored") {
    Pipeline p{target, registry_of({readings()})};
    p.config.stored_rejects = 0;
    p.run_once();
    set_horizon(target, p.registry.feeds()[0], 90);
    load(p, "readings_1", reading_list(reading("a", 100) + "," + reading("b", 10)));
    CHECK(p.one("select status, rows_rejected from ingest_log") == "partial|1");
    CHECK(exported(p, 1) == reading("a", 100) + "\n");
  }

  TEST_CASE_ON_EACH_STORE("a record that is too long is exported whole, and the records behind it too") {
    Pipeline p{target};
    p.config.max_record_bytes = 100'000;
    const std::string open = "{\"vehicle_id\":\"" + std::string(200'000, 'x');  // the string does not end
    const std::string lines = event("a", k_time) + "\n" + event("b", k_time) + "\n" + open + "\n" + event("c", k_time) +
                              "\n" + event("w", "now") + "\n" + event("d", k_time) + "\n";
    load(p, "objects_detection_1.json", lines);
    CHECK(p.one("select status, rows_loaded, rows_rejected from ingest_log") == "partial|4|2");
    CHECK(exported(p, 1) == open + "\n" + event("w", "now") + "\n");
    p.config.stored_rejects = 0;
    load(p, "objects_detection_2.json", lines + "\n");
    CHECK(exported(p, 2) == open + "\n" + event("w", "now") + "\n");

    p.config.stored_rejects = 1'000;
    const std::string spread = event("long", k_time).insert(1, "\"a\":[" + std::string(200'000, '\n') + "],");
    load(p, "objects_detection_3.json",
         events(event("e", k_time) + ",\n" + event("f", k_time) + ",\n" + spread + ",\n5"));
    CHECK(exported(p, 3) == event("long", k_time).insert(1, "\"a\":[],") + "\n5\n");
  }

  TEST_CASE_ON_EACH_STORE("if not all rejects are stored, the copy is decoded again") {
    Pipeline p{target};
    p.config.stored_rejects = 1;
    load(p, "objects_detection_1.json", events(event("v", k_time) + ",{\"a\":1},{\"a\":2},{\"a\":3}"));
    CHECK(p.one("select count(distinct record_no) from ingest_rejects") == "1");
    CHECK(exported(p, 1) == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
  }

  TEST_CASE_ON_EACH_STORE("the records of a failed file are exported too, with a reason if none was rejected") {
    Pipeline p{target};
    p.drop("objects_detection_1.json", events("1,2"));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(exported(p, 1) == "1\n2\n");
    load(p, "objects_detection_2.json", events(event("v", k_time)));
    CHECK(refusal(p, 2) == "the rejected records of file 2 (objects_detection_2.json) cannot be exported: it has none");
  }

  TEST_CASE_ON_EACH_STORE("of a file that failed for another reason nothing is exported: it is to be retried") {
    for (const std::uint64_t large_file : {std::uint64_t{4'194'304}, std::uint64_t{10}}) {
      Pipeline p{fresh_like(target)};
      p.config.large_file = large_file;
      p.drop("objects_detection_1.json", "nonsense");
      CHECK(p.run_once() == Exit::bad_data);
      p.drop("objects_detection_2.json", events("5,6") + "nonsense");
      CHECK(p.run_once() == Exit::bad_data);
      CHECK(refusal(p, 1).ends_with("cannot be exported: it was not loaded"));
      if (p.one("select coalesce(sha256, '') from ingest_log where file_id = 2").empty())
        CHECK(refusal(p, 2).ends_with("cannot be exported: it was not loaded"));
      else
        CHECK(exported(p, 2) == "5\n6\n");
    }
  }

  TEST_CASE_ON_EACH_STORE("a copy that is missing or has changed is refused") {
    Pipeline p{target};
    load(p, "objects_detection_1.json", events(event("v", k_time) + ",5"));
    std::ofstream{copy_of(p, 1), std::ios::app} << " ";
    CHECK(refusal(p, 1).starts_with("the rejected records of file 1 (objects_detection_1.json) cannot be exported: "
                                    "its archived copy has other content"));
    std::filesystem::remove(copy_of(p, 1));
    CHECK(refusal(p, 1).starts_with("the rejected records of file 1 (objects_detection_1.json) cannot be exported: "
                                    "its archived copy does not exist: "));
  }

  TEST_CASE_ON_EACH_STORE("if a column reads a value outside the record, nothing is exported") {
    Pipeline p{target, Registry{{parse_feed(R"(
name = "outer"
files = "outer_*"
records = "/list"
table = "outer_rows"
key = ["id"]
columns = [
  { name = "id", from = "/id", type = "bigint" },
  { name = "device", from = "2/device", type = "text" },
])",
                                            "outer.toml")}}};
    load(p, "outer_1.json", R"({"device":"d","list":[{"id":1},{"id":"x"}]})");
    CHECK(refusal(p, 1) ==
          "the rejected records of file 1 (outer_1.json) cannot be exported: the column device reads a "
          "value outside the record");
  }

  TEST_CASE_ON_EACH_STORE("if the feed reads no records from the root, each record has an envelope of its own") {
    Pipeline p{target, Registry{{parse_feed(R"(
name = "deep"
files = "deep_*"
records = "/a~1b/list"
table = "deep"
key = ["id"]
columns = [ { name = "id", from = "/id", type = "bigint" } ])",
                                            "deep.toml")}}};
    load(p, "deep_1.json", R"({"a/b":{"list":[{"id":1},{"id":"x"}]}})");
    CHECK(exported(p, 1) == "{\"a/b\":{\"list\":[{\"id\":\"x\"}]}}\n");
  }
}
