// Bad files of every kind, each alone and all in one batch with good files: the outcome of a file does not depend on
// other files.
#include "decode/decoding.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace longshore;
using namespace longshore::test;
using namespace std::string_literals;

namespace {

struct Case {
  std::string name;
  std::string content;
  std::string outcome;  // status, records, rows, rejects
};

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += piece;
  return text;
}

// A document with a good event and something else.
std::string beside(const std::string& name, const std::string& other) {
  return events(event("good of " + name, k_time) + "," + other);
}

std::string with_value(const std::string& value) {
  return event("v", k_time, R"([{"object_type":"cars","object_value":)" + value + "}]");
}

std::vector<Case> cases() {
  std::string late;
  for (int i = 0; i < 3000; ++i)
    late += event("late" + std::to_string(i), k_time) + ",";
  std::string detections = R"({"object_type":"c","object_value":0})";
  detections = "[" + detections + repeated("," + detections, 1999) + "]";
  std::string utf16;
  for (const char c : events(event("wide", k_time)))
    utf16 += {c, '\0'};

  std::vector<Case> out = {
      {"late", events(late + event("last", k_time) + "}"), "failed|3001|0|0"},
      {"nul", beside("nul", event("a\0b"s, k_time)), "failed"},
      {"nul_behind", events(event("behind", k_time)) + "\0"s, "failed"},
      {"two_documents", events(event("x", k_time)) + events(event("y", k_time)), "loaded|2|2|0"},
      {"utf16", "\xff\xfe" + utf16, "failed"},
      {"latin1", beside("latin1", event("caf\xe9", k_time)), "failed"},
      {"surrogate_bytes", beside("surrogate_bytes", event("\xed\xa0\x80", k_time)), "failed"},
      {"lone_surrogate", beside("lone_surrogate", event(R"(\ud800)", k_time)), "partial|2|1|1"},
      {"escaped_nul", beside("escaped_nul", event(R"(a\u0000b)", k_time)), "partial|2|1|1"},
      {"deep", beside("deep", repeated("[", 5000) + repeated("]", 5000)), "failed"},
      {"number_huge", beside("number_huge", with_value("1e2147483648")), "failed"},
      {"number_wide", beside("number_wide", with_value(std::string(400, '9'))), "failed"},
      {"number_32", beside("number_32", with_value("2147483648")), "partial|2|1|1"},
      {"number_real", beside("number_real", with_value("1.5")), "partial|2|1|1"},
      {"number_exponent", beside("number_exponent", with_value("1E-2147483649")), "partial|2|1|1"},
      {"number_negative", beside("number_negative", with_value("-1")), "partial|2|1|1"},
      {"number_text", beside("number_text", with_value("\"4\"")), "partial|2|1|1"},
      {"number_nan", beside("number_nan", with_value("NaN")), "partial|2|1|1"},
      {"twice",
       beside("twice", R"({"vehicle_id":"a","vehicle_id":"b","detection_time":")" + k_time + R"(","detections":[]})"),
       "partial|2|1|1"},
      {"envelope_twice",
       R"({"objects_detection_events":[)" + event("e", k_time) + R"(],"objects_detection_events":[]})", "failed"},
      {"envelope_missing", "{}", "failed"},
      {"envelope_object", R"({"objects_detection_events":{}})", "failed"},
      {"raw_newline", beside("raw_newline", event("a\nb", k_time)), "failed"},
      {"comment", beside("comment", "/* x */ " + event("c", k_time)), "failed"},
      {"trailing_comma", events(event("t", k_time) + ","), "failed"},
      {"zip", "PK\x03\x04" + std::string(100, 'x') + "}", "failed"},
      {"xz", "\xfd"s + "7zXZ\0"s + std::string(100, 'x') + "}", "failed"},
      {"html", "<html>[]</html>]", "failed"},
      {"not_gzip.json.gz", events(event("plain", k_time)), "loaded|1|1|0"},
      {"broken_gzip.json.gz", "\x1f\x8b\x08\0\0\0\0\0\0\x03{}}}"s, "failed"},
      {"many_detections", events(event("many", k_time, detections)), "loaded|1|1|0"},
      {"long_key", beside("long_key", "{\"" + std::string(1 << 20, 'k') + "\":1}"), "partial|2|1|1"},
      {"long_value", beside("long_value", event(std::string(257, 'v'), k_time)), "partial|2|1|1"},
      {"empty_list", events(""), "loaded|0|0|0"},
      {"copy_marks", events(event(R"(\\.)", k_time) + "," + event(R"(\\N)", k_time)), "loaded|2|2|0"},
  };
  for (const std::string time :
       {"now", "infinity", "today", "epoch", "2022-06-05T24:00:00Z", "2022-02-30T00:00:00Z", "2022-06-05 21",
        "05/06/2022", "1654462954", "2022-06-05T21:02:60Z", "0000-01-01T00:00:00Z"})
    out.push_back({"time_" + std::to_string(out.size()), beside("time " + time, event("v", time)), "partial|2|1|1"});
  for (Case& c : out)
    c.name = "objects_detection_" + c.name + (c.name.ends_with(".gz") ? "" : ".json");
  return out;
}

std::vector<std::string> outcomes(Pipeline& p) {
  return p.rows(
      "select file_name, status, records, rows_loaded, rows_rejected, error, error_offset from ingest_log order by "
      "file_name");
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "C01 C02 C06 C08 C10 C14 C16: every kind of bad file has the same outcome alone and in a batch, and does not change the other files") {
    const std::vector<Case> all = cases();
    Pipeline alone{target};
    Pipeline together{fresh_like(target)};
    for (Pipeline* p : {&alone, &together})
      p->config.grace = std::chrono::milliseconds{1};
    alone.config.batch_files = 1;  // one transaction per file
    for (const Case& c : all) {
      alone.drop(c.name, c.content);
      together.drop(c.name, c.content);
    }
    CHECK(alone.run_once() == Exit::bad_data);
    CHECK(together.run_once() == Exit::bad_data);
    const auto expected = outcomes(alone);
    for (const Case& c : all) {
      const auto one = std::ranges::find_if(
          expected, [&](const std::string& row) { return row.starts_with(c.name + "|" + c.outcome); });
      CHECK_MESSAGE(one != expected.end(), c.name << " is not " << c.outcome);
      if (one != expected.end() && c.outcome.starts_with("failed"))
        CHECK_MESSAGE(one->find("|0|") != std::string::npos, *one);
    }
    CHECK(expected.size() == all.size());
    const auto found = outcomes(together);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(found[i] == expected[i]);
    CHECK(together.data() == alone.data());
    alone.check_books();
    together.check_books();
  }
}
