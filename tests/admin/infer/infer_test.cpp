// The declarations that infer proposes, and that they load the files that they were made from.
#include "admin/infer/infer.hpp"

#include "admin/infer/trial.hpp"
#include "base/error.hpp"
#include "support/compressed.hpp"
#include "support/places.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>

using namespace longshore;
using namespace longshore::test;
using admin::infer_feed;

namespace {

class Files {
 public:
  std::string write(const std::string& name, const std::string& text) {
    std::string path = m_scratch / name;
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

 private:
  ScratchDirectory m_scratch;
};

std::string infer(const std::vector<std::string>& paths) { return infer_feed(paths, {}); }

std::string fault_of(const std::vector<std::string>& paths) {
  try {
    infer(paths);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::bad_data);
    return error.what();
  }
  return "no fault";
}

// Decodes the files with the proposed feed. Every record must become a row.
std::uint64_t rows_of(const std::vector<std::string>& paths) {
  const std::string text = infer(paths);
  INFO(text);
  const Feed feed = parse_feed(text, "inferred");
  const admin::InferTrial trial = admin::try_declaration(feed, paths, {});
  CHECK(trial.rejected.empty());
  CHECK(trial.rows() == trial.records);
  return trial.rows();
}

std::string columns_of(const std::string& declaration) { return declaration.substr(declaration.find("columns = ")); }

}  // namespace

TEST_SUITE("infer") {
  TEST_CASE("a JSON document with an envelope") {
    Files files;
    const std::string path = files.write("doorEvents_20260101T080000.json", R"({"meta": {"version": 3}, "doorEvents": [
      {"vehicleId": "v1", "time": "2026-01-01T08:00:00Z", "door": 3, "gps": {"lat": 1.5, "lon": 2}, "open": true,
       "tags": ["a", "b"], "seats": [{"row": 1, "used": true}, {"row": 2, "used": null}], "extra": [1, "x"], "note": null},
      {"vehicleId": "v1", "time": "2026-01-01T08:01:00Z", "door": 4, "gps": {"lat": -1, "lon": 2.5}, "open": false,
       "tags": [], "seats": [], "extra": {}, "note": null, "sentAt": 1767225600000}
    ]})");
    CHECK(infer({path}) ==
          R"(# Proposed by longshore feeds infer from 1 file with 2 records. Check names, types and the key.
# members beside /doorEvents in doorEvents_20260101T080000.json are not read
name    = "door_events"
files   = ["doorEvents_*.json"]
records = ["/doorEvents"]
table   = "door_events"
# different in all 2 records that were compared, which are few
key     = ["vehicle_id", "time"]
columns = [
  { name = "vehicle_id", from = "/vehicleId",    type = "text" },
  { name = "time",       from = "/time",         type = "timestamp" },
  { name = "door",       from = "/door",         type = "integer" },
  { name = "gps_lat",    from = "/gps/lat",      type = "double" },
  { name = "gps_lon",    from = "/gps/lon",      type = "double" },
  { name = "open",       from = "/open",         type = "boolean" },
  { name = "tags",       from = "/tags/*",       type = "text[]" },
  { name = "seats_row",  from = "/seats/*/row",  type = "integer[]" },
  # 1 of 2 values are null
  { name = "seats_used", from = "/seats/*/used", type = "boolean[]", required = false },
  # the values are of different kinds
  { name = "extra",      from = "/extra",        type = "jsonb" },
  # 2 of 2 values are null
  # all values are null: the type is a guess
  { name = "note",       from = "/note",         type = "text", required = false },
  # 1 of 2 values are missing
  { name = "sent_at",    from = "/sentAt",       type = "timestamp", required = false, format = "unix_ms" },
]
)");
    CHECK(rows_of({path}) == 2);
  }
  TEST_CASE("empty texts become null, whatever the type of the others") {
    Files files;
    const std::string path = files.write(
        "orders_1.json",
        R"([{"order_no": "a", "at": "2026-01-01T08:00:00Z", "unit": "kg", "x": ""}, {"order_no": "b", "at": "", "unit": "", "x": ""}])");
    const std::string feed = infer({path});
    for (const char* line :
         {R"(key     = ["order_no"])",
          R"({ name = "at",       from = "/at",       type = "timestamp", required = false, empty = "null" })",
          R"({ name = "unit",     from = "/unit",     type = "text", required = false, empty = "null" })",
          R"({ name = "x",        from = "/x",        type = "text", required = false, empty = "null" })",
          "  # 1 of 2 values are empty texts\n"})
      CHECK_MESSAGE(feed.find(line) != feed.npos, line << "\n" << feed);
    CHECK(rows_of({path}) == 2);
  }
  TEST_CASE("files without a record are refused") {
    Files files;
    CHECK_THROWS_WITH_AS(infer({files.write("a_1.csv", "a b c\n")}), "the files contain no records", Error);
  }
  TEST_CASE("a CSV file: delimiter, types of texts, empty fields, and a missing line break") {
    Files files;
    const std::string path =
        files.write("trips.csv", "Trip ID;started;price;seats;zip;shared;day;region;paid\r\n"
                                 "1;01.02.2026 08:00;3.5;2;01234;true;2026-01-01;;1767225600\r\n"
                                 "2;13.02.2026 09:00;4;3;56789;false;2026-01-02;\"a;b\";1767225601");
    CHECK(infer({path}) ==
          R"(# Proposed by longshore feeds infer from 1 file with 2 records. Check names, types and the key.
name    = "trips"
files   = ["trips.csv"]
format  = "csv"
delimiter = ";"
# a file ends without a line break: its last record may be incomplete
final_newline = false
table   = "trips"
# different in all 2 records that were compared, which are few
key     = ["trip_id", "started"]
columns = [
  { name = "trip_id", from = "/Trip ID", type = "bigint" },
  { name = "started", from = "/started", type = "timestamp", format = "%d.%m.%Y %H:%M" },
  { name = "price",   from = "/price",   type = "double" },
  { name = "seats",   from = "/seats",   type = "integer" },
  { name = "zip",     from = "/zip",     type = "text" },
  { name = "shared",  from = "/shared",  type = "boolean" },
  { name = "day",     from = "/day",     type = "date" },
  # 1 of 2 values are empty
  { name = "region",  from = "/region",  type = "text", required = false },
  { name = "paid",    from = "/paid",    type = "bigint" },
]
)");
    CHECK(rows_of({path}) == 2);
  }
  TEST_CASE("CSV without a header, tabs, a byte order mark, and quotes that are text") {
    Files files;
    const std::string numbers = files.write("sensor_1.tsv", "\xEF\xBB\xBF"
                                                            "1\t2.5\tok\n2\t3.5\tbad\n");
    CHECK(infer({numbers}).find("delimiter = \"\\u0009\"\nheader = false\n") != std::string::npos);
    CHECK(rows_of({numbers}) == 2);
    const std::string quotes = files.write("disks.csv", "id,size\n1,5\" disk\n2,3\" disk\n");
    CHECK(infer({quotes}).find("quote = \"\"\n") != std::string::npos);
    CHECK(rows_of({quotes}) == 2);
  }
  TEST_CASE("one record per line, of which one is broken: the doubt is stated, and the others load") {
    Files files;
    const std::string path = files.write("events.json", "{\"id\":1,\"at\":\"2026-01-01T08:00:00Z\"}\n{\"id\":2,\"a\n"
                                                        "{\"id\":3,\"at\":\"2026-01-01T08:00:00Z\"}\n");
    const std::string text = infer({path});
    CHECK(text.find("# 1 lines of events.json are not records\n") != std::string::npos);
    CHECK(text.find("records = [\"\"]\n") != std::string::npos);
    CHECK(text.find("# 1 records are rejected, the first: ") != std::string::npos);
    CHECK(columns_of(text).find("{ name = \"at\", from = \"/at\", type = \"timestamp\" }") != std::string::npos);
  }
  TEST_CASE("several files of one feed in different forms, also compressed") {
    Files files;
    const std::string envelope = files.write("a_1.json", R"({"list":[{"id":1,"x":1},{"id":2,"x":2}]})");
    const std::string array = files.write("a_2.json.gz", gzip(R"([{"id":3,"x":1.5}])"));
    const std::string lines = files.write("a_3.json", "{\"id\":4,\"x\":1}\n{\"id\":5}\n");
    const std::string text = infer({envelope, array, lines});
    CHECK(text.find("files   = [\"a_*.json\"]\nrecords = [\"/list\", \"\"]\n") != std::string::npos);
    CHECK(text.find("# 1 of 5 values are missing\n") != std::string::npos);
    CHECK(rows_of({envelope, array, lines}) == 5);
  }
  TEST_CASE(
      "values of different types in one member are stored as JSON, and records without a common member get a key") {
    Files files;
    const std::string mixed =
        files.write("m.json", R"([{"v":1},{"v":"a"},{"v":true},{"w":""},{"v":123456789012345678901}])");
    const std::string text = infer({mixed});
    CHECK(text.find("key     = [\"file_name\"]\n") != std::string::npos);
    CHECK(text.find(R"({ name = "v",         from = "/v",   type = "jsonb", required = false })") != std::string::npos);
    CHECK(rows_of({mixed}) == 5);
  }
  TEST_CASE("members that no pointer can name, or that occur twice, are doubts") {
    Files files;
    const std::string path = files.write("odd.json", R"([{"id":1,"":2,"a*":3,"a/b~":4,"t":1,"t":2}])");
    const std::string text = infer({path});
    CHECK(text.find("# no column for \"\" in \"\": a pointer cannot name it\n") != std::string::npos);
    CHECK(text.find("# no column for \"a*\" in \"\": a pointer cannot name it\n") != std::string::npos);
    CHECK(text.find("# no column for \"t\" in \"\": it occurs twice\n") != std::string::npos);
    CHECK(text.find("from = \"/a~1b~0\"") != std::string::npos);
    CHECK(rows_of({path}) == 1);
  }
  TEST_CASE("what contains no records is refused with the reason") {
    Files files;
    CHECK(fault_of({files.write("n.json", "[1, 2]")})
              .ends_with("n.json: contains no records: JSON objects in an array, or one after another"));
    CHECK(fault_of({files.write("b.json", "{\"a\": [1, 2")}).find("ends too early") != std::string::npos);
    CHECK(fault_of({files.write("c.csv", "a,b\n1,\"2\n")}).find("a quoted field is not closed") != std::string::npos);
    CHECK(fault_of({files.write("e.csv", "\n\n")}).find("contains only blank lines") != std::string::npos);
    CHECK(fault_of({files.write("1.csv", "a,b\n1,2\n"), files.write("2.json", "{}")})
              .find("is JSON, the files before it are not") != std::string::npos);
  }
  TEST_CASE("a limit ends the reading, and is stated") {
    Files files;
    std::string text = "id,x\n";
    for (int i = 0; i < 20'000; ++i)
      text += std::to_string(i) + ",abc\n";
    const std::string path = files.write("long.csv", text);
    const std::string declaration = infer_feed({path}, {100'000});
    CHECK(declaration.find("# only the beginning of long.csv was read\n") != std::string::npos);
    CHECK(declaration.find("{ name = \"id\", from = \"/id\", type = \"bigint\" }") != std::string::npos);
  }
  TEST_CASE("a file of exactly the limit is read whole") {
    Files files;
    const std::string text = "id,x\n1,2\n3,4\n";
    const std::string path = files.write("short.csv", text);
    CHECK(infer_feed({path}, {text.size()}).find("only the beginning") == std::string::npos);
    CHECK(infer_feed({path}, {text.size() - 1}).find("only the beginning") != std::string::npos);
  }
  TEST_CASE("what the loader skips between values is skipped, also in a file with a broken line") {
    Files files;
    const std::string values = "\x1E{\"id\":1}\n\xEF\xBB\xBF{\"id\":2} {\"id\":3}\n";
    CHECK(rows_of({files.write("good.json", values)}) == 3);
    const std::string text = infer({files.write("broken.json", values + "{\"id\":4,\"a\n\x1E{\"id\":5}\n")});
    CHECK(text.find("# 1 lines of broken.json are not records\n") != std::string::npos);
    CHECK(text.find("{ name = \"id\", from = \"/id\", type = \"bigint\" }") != std::string::npos);
  }
  TEST_CASE("names that are reserved, too long or used twice are changed, also that of an array that becomes jsonb") {
    Files files;
    const std::string name(40, 'n');
    const std::string path =
        files.write("names.json", R"([{"id":1,"ctid":1,"file-id":2,"file_id":3,"xmin":[{"a":1},{"a":"x"}],")" + name +
                                      R"(":{"inner_member":1,"inner_memberX":2}}])");
    const std::string text = infer({path});
    for (const char* column : {"\"ctid_2\"", "\"file_id_2\"", "\"file_id_3\"", "\"xmin_2\""})
      CHECK_MESSAGE(text.find(column) != std::string::npos, text);
    CHECK(text.find("\"" + name + "_inner_m\"") != std::string::npos);
    CHECK(text.find("\"" + name + "_inner_2\"") != std::string::npos);
    CHECK(rows_of({path}) == 1);
  }
  TEST_CASE("a feed whose name is that of a reserved table gets another table") {
    Files files;
    CHECK(infer({files.write("detection_days_1.json", R"([{"id":1}])")}).find("table   = \"feed_detection_days\"\n") !=
          std::string::npos);
  }
  TEST_CASE("few values that no type can store cost their records, many cost the column") {
    Files files;
    std::string few;
    std::string many;
    for (int i = 0; i < 20; ++i) {
      few += R"({"id":)" + std::to_string(i) + R"(,"speed":)" + (i == 3 ? "NaN" : "1.5") + R"(,"note":")" +
             (i == 4 ? "\\u0000" : "a") + "\"}\n";
      many += R"({"id":)" + std::to_string(i) + R"(,"speed":)" + (i % 2 == 0 ? "NaN" : "1.5") + "}\n";
    }
    const std::string kept = infer({files.write("few.json", few)});
    CHECK_MESSAGE(kept.find("{ name = \"speed\", from = \"/speed\", type = \"double\" }") != std::string::npos, kept);
    CHECK(kept.find("{ name = \"note\",  from = \"/note\",  type = \"text\" }") != std::string::npos);
    CHECK(kept.find("  # 1 records are rejected, the first: is not a number: NaN (line 4, ") != std::string::npos);
    CHECK(kept.find("  # 1 records are rejected, the first: contains U+0000") != std::string::npos);
    const std::string removed = infer({files.write("many.json", many)});
    CHECK(removed.find("# no column for \"/speed\": its values cannot be stored\n") != std::string::npos);
    CHECK(removed.find("name = \"speed\"") == std::string::npos);
  }
  TEST_CASE("names that are not UTF-8 give a declaration that is TOML and matches the file") {
    Files files;
    const std::string path = files.write("caf\xE9_1.json", R"([{"id":1,"\ud800":2}])");
    const std::string text = infer({path});
    CHECK(text.find("files   = [\"caf?_*.json\"]\n") != std::string::npos);
    CHECK(text.find("a pointer cannot name it\n") != std::string::npos);
    CHECK(Registry{std::vector{parse_feed(text, "inferred")}}.route("caf\xE9_1.json") != nullptr);
    CHECK(rows_of({path}) == 1);
  }
  TEST_CASE("a pattern that begins with a star is a doubt") {
    Files files;
    CHECK(infer({files.write("20260101.json", R"([{"id":1}])")})
              .find("# the pattern \"*.json\" may also match files of other feeds\n") != std::string::npos);
  }
  TEST_CASE("an object with too many different names is one jsonb column") {
    Files files;
    std::string text = R"({"id":1,"by_name":{)";
    for (int i = 0; i < 10'000; ++i)
      text += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":1";
    const std::string path = files.write("open.json", "[" + text + "}}]");
    CHECK(infer({path}).find("{ name = \"by_name\", from = \"/by_name\", type = \"jsonb\" }") != std::string::npos);
    CHECK(rows_of({path}) == 1);
  }
  TEST_CASE("a file that cannot be decoded to its end is an error, even behind a rejected record") {
    Files files;
    const Feed feed = parse_feed("name = \"a\"\nfiles = \"a\"\nrecords = \"\"\ntable = \"a\"\nkey = [\"id\"]\n"
                                 "columns = [{ name = \"id\", from = \"/id\", type = \"bigint\" }]\n",
                                 "a.toml");
    CHECK_THROWS_AS(admin::try_declaration(feed, {files.write("cut.json", R"([{"id":"x"},{"id":)")}, {}), Error);
    const admin::InferTrial all = admin::try_declaration(feed, {files.write("all.json", R"([{"id":"x"}])")}, {});
    CHECK(all.rows() == 0);
    CHECK(all.rejected.at("id").code == "type");
  }
  TEST_CASE("every valid sample loads with the feed that is inferred from it") {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{test::source("samples")}) {
      const std::string path = entry.path();
      const bool is_data = path.find(".json") != std::string::npos || path.find(".csv") != std::string::npos;
      const bool is_wrong = path.find("_truncated") != std::string::npos || path.find("_comma") != std::string::npos ||
                            path.find("_ndjson") != std::string::npos ||  // a line of one of these is broken
                            path.ends_with("_rejects.csv");               // a row has a field too few
      if (!is_data || is_wrong)
        continue;
      INFO(path);
      CHECK(rows_of({path}) > 0);
    }
  }
}
