// Members that no column reads, from the files to the table and to the operator.
#include "ingest/drift.hpp"

#include "cli/drift_text.hpp"
#include "decode/unread_members.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace longshore;
using namespace longshore::test;

namespace {

struct Found : observe::Observer {
  void drift_found(const std::string& feed, const std::string& path, const std::string& type) override {
    text += feed + " " + path + " " + type + "\n";
  }
  std::string text;
};

store::LedgerRow row_of(const std::string& feed) {
  store::LedgerRow row;
  row.feed = feed;
  row.finished_at = *parse_time("2026-01-01T00:00:00Z").micros;
  return row;
}

std::string with_member(const std::string& vehicle, const std::string& member) {
  return "{" + member + "," + event(vehicle, k_time).substr(1);
}

constexpr const char* k_select =
    "select feed, path, type, records, first_file_id, last_file_id from ingest_drift order by feed, path";

}  // namespace

TEST_SUITE("drift") {
  TEST_CASE_ON_EACH_STORE("the members of loaded files that no column reads are in the table when the daemon ends") {
    Pipeline p{target};
    p.drop("objects_detection_1.json", events(with_member("a", R"("speed":1.5)") + "," + event("b", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows(k_select) == std::vector<std::string>{"objects_detection|/speed|double|1|1|1"});
    p.drop("objects_detection_2.json",
           events(with_member("c", R"("speed":null,"a\"\u0007b":{})") + "," + with_member("d", R"("speed":7)")));
    p.drop("objects_detection_3.json", events(with_member("a", R"("other":1.5)") + "],"));  // fails
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.rows(k_select) == std::vector<std::string>{"objects_detection|/a\"\\x07b|jsonb|1|2|2",
                                                       "objects_detection|/speed|double|3|1|2"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("counts that cannot be written stay, and a member is reported once") {
    const auto session = open_migrated(target, built_in());
    ingest::DriftCounts counts;
    Found found;
    const std::vector<decode::UnreadMember> unread = {{"/b", "null", 2}, {"/a", "text", 1}};
    counts.add(row_of("f"), 7, unread);
    counts.add(row_of("g"), 8, {{{"/a", "date", 1}}});
    session->exec("alter table ingest_drift rename to moved");
    CHECK_THROWS_AS(counts.write(*session, found), Error);
    CHECK_FALSE(counts.is_empty());
    session->exec("alter table moved rename to ingest_drift");
    counts.write(*session, found);
    CHECK(counts.is_empty());
    CHECK(found.text == "f /a text\nf /b null\ng /a date\n");

    counts.add(row_of("f"), 3, {{{"/b", "bigint", 5}}});
    counts.write(*session, found);
    CHECK(found.text == "f /a text\nf /b null\ng /a date\n");
    const auto rows = store::read_drift(*session, "f");
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].type == "bigint");
    CHECK(rows[1].records == 7);
    CHECK(rows[1].first_file_id == 3);
    CHECK(rows[1].last_file_id == 7);
  }

  TEST_CASE_ON_EACH_STORE("the type in the table reads the values of all files, in whatever order they are added") {
    const auto session = open_migrated(target, built_in());
    observe::Observer nobody;
    static constexpr std::string_view k_types[] = {"null", "boolean",   "bigint", "double",
                                                   "date", "timestamp", "text",   "jsonb"};
    std::int64_t file = 0;
    for (const std::string_view first : k_types) {
      for (const std::string_view second : k_types) {
        const std::string path = "/" + std::string{first} + "_" + std::string{second};
        for (const std::string_view type : {first, second}) {
          ingest::DriftCounts counts;
          const decode::UnreadMember member{path, type, 1};
          counts.add(row_of("f"), ++file, {&member, 1});
          counts.write(*session, nobody);
        }
        const auto rows = store::read_drift(*session, "f");
        const auto row = std::ranges::find(rows, path, &store::DriftRow::path);
        REQUIRE(row != rows.end());
        CHECK_MESSAGE(row->type == decode::common_type(first, second), path);
      }
    }
  }

  TEST_CASE_ON_EACH_STORE("at most 1000 members of a feed are in the table") {
    const auto session = open_migrated(target, built_in());
    observe::Observer nobody;
    ingest::DriftCounts counts;
    for (int file = 1; file <= 3; ++file) {
      std::vector<decode::UnreadMember> unread;
      unread.reserve(500);
      for (int i = 0; i < 500; ++i)
        unread.push_back({"/" + std::to_string(file) + "_" + std::to_string(i), "text", 1});
      counts.add(row_of("f"), file, unread);
      counts.write(*session, nobody);
    }
    CHECK(store::read_drift(*session, "f").size() == store::k_most_drift_paths);
  }

  TEST_CASE("the printed columns are a valid declaration, without members that are read now") {
    const Registry registry = built_in();
    const Feed& feed = *registry.find("vehicles_status");
    const std::vector<store::DriftRow> rows = {{"f", "/status", "text", 1, 1, 1, 0, 0},
                                               {"f", "/Speed-KM", "double", 1234, 17, 90, 0, 0},
                                               {"f", "/x/report_time", "timestamp", 1, 4, 4, 0, 0},
                                               {"f", "/l/*/n", "bigint", 2, 1, 2, 0, 0},
                                               {"f", "/l/*/o", "jsonb", 2, 1, 2, 0, 0},
                                               {"f", "/7", "null", 2, 1, 2, 0, 0},
                                               {"f", "/a\"\\\\\\x07é", "jsonb", 2, 1, 2, 0, 0}};
    const std::string text = cli::drift_text(feed, cli::unread_by(feed, rows));
    CHECK(
        text ==
        R"(  { name = "speed_km", from = "/Speed-KM", type = "double", required = false },  # 1,234 records, files 17 to 90
  { name = "report_time_2", from = "/x/report_time", type = "timestamp", required = false },  # 1 record, file 4
  { name = "n", from = "/l/*/n", type = "bigint[]", required = false },  # 2 records, files 1 to 2
  # /l/*/o is jsonb in each element, which no column can take: 2 records, files 1 to 2
  { name = "value_7", from = "/7", type = "text", required = false },  # 2 records, files 1 to 2, always null
  { name = "a", from = "/a\"\\\u0007é", type = "jsonb", required = false },  # 2 records, files 1 to 2
)");
    const Feed wider =
        parse_feed("name = \"w\"\nfiles = \"w\"\nrecords = \"\"\ntable = \"w\"\nkey = [\"id\"]\ncolumns = [\n"
                   "  { name = \"id\", from = \"/id\", type = \"text\" },\n" +
                       text + "]\n",
                   "w.toml");
    CHECK(wider.columns.size() == 6);
    CHECK(wider.columns.back().from[0] == "/a\"\\\x07é");
    CHECK(cli::drift_text(feed, {}) == "no drift\n");
  }

  TEST_CASE("each printed column fits to the columns of its feed: same alternatives of an array, no reserved name") {
    const std::string head =
        "name = \"w\"\nfiles = \"w\"\nrecords = \"\"\ntable = \"w\"\nkey = [\"id\"]\ncolumns = [\n"
        "  { name = \"id\", from = \"/id\", type = \"text\" },\n"
        "  { name = \"kinds\", from = [\"/list/*/kind\", \"/old/*/kind\", \"/kind\"], type = \"text[]\" },\n";
    const Feed feed = parse_feed(head + "]\n", "w.toml");
    const std::vector<store::DriftRow> rows = {{"f", "/ctid", "text", 1, 1, 1, 0, 0},
                                               {"f", "/list/*/a/b", "double", 1, 1, 1, 0, 0},
                                               {"f", "/old/*/size", "bigint", 1, 1, 1, 0, 0},
                                               {"f", "/other/*/size", "bigint", 1, 1, 1, 0, 0},
                                               {"f", "/" + std::string(60, 'x'), "text", 1, 1, 1, 0, 0},
                                               {"f", "/\\xed\\xa0\\x80", "text", 1, 1, 1, 0, 0}};
    const std::string text = cli::drift_text(feed, rows);
    CHECK(text ==
          R"(  { name = "ctid_2", from = "/ctid", type = "text", required = false },  # 1 record, file 1
  { name = "b", from = ["/list/*/a/b", "/old/*/a/b", "/a/b"], type = "double[]", required = false },  # 1 record, file 1
  { name = "size", from = ["/list/*/size", "/old/*/size", "/size"], type = "bigint[]", required = false },  # 1 record, file 1
  { name = "size_2", from = "/other/*/size", type = "bigint[]", required = false },  # 1 record, file 1
  { name = ")" +
              std::string(48, 'x') + R"(", from = "/)" + std::string(60, 'x') +
              R"(", type = "text", required = false },  # 1 record, file 1
  # /\xed\xa0\x80 has a name that is not UTF-8, which no declaration can contain: 1 record, file 1
)");
    CHECK(parse_feed(head + text + "]\n", "w.toml").columns.size() == 7);
  }
}
