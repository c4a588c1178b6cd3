// The input contract of a document with one record per line (docs/input.md).
#include "decode/decoding.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;
using namespace std::string_literals;

TEST_SUITE("input contract: one record per line") {
  TEST_CASE("each line is a record; blank lines, CRLF and a missing last newline are accepted") {
    const auto d = decode_text(objects_detection(),
                               event("a", k_time) + "\r\n\n" + event("b", k_time) + "\n  \n" + event("c", k_time));
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 3);
    CHECK(d.counts.records == 3);
  }
  TEST_CASE("white space after the last line is not a record, and reading ends") {
    const auto d = decode_text(objects_detection(), event("a", k_time) + "\n" + event("b", k_time) + "\n  ");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
  }
  TEST_CASE("a fault in a line rejects that line") {
    const std::string text = event("a", k_time) + "\n{\"vehicle_id\": \n" + event("b", k_time) + "\n\"\xFF\"\n[1,2]\n" +
                             event("c", k_time) + " {}\n" + event("d", k_time) + "\n";
    const auto d = decode_text(objects_detection(), text);
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 4);
    REQUIRE(d.rejects.size() == 8);
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].byte_offset == event("a", k_time).size() + 1);
    CHECK(d.rejects[0].text() == "ends too early: expected a value (line 2, column 16)");
    CHECK(d.rejects[0].raw == "{\"vehicle_id\": ");
    CHECK(d.rejects[1].text() == "invalid UTF-8: found '\\xff' (line 4, column 2)");
    CHECK(d.rejects[2].text() == "the record is not an object (line 5, column 2)");
    CHECK(d.rejects[3].text() == "the record is not an object (line 5, column 4)");
    CHECK(d.rejects[4].text().starts_with("is missing (line 6"));
    CHECK(d.counts.records == 9);
    CHECK(d.counts.rejects == 5);
  }
  TEST_CASE("garbage behind a record costs its line") {
    const auto d = decode_text(objects_detection(), event("a", k_time) + "\n" + event("b", k_time) + " 5\n");
    CHECK(d.rows.size() == 1);
    CHECK(one_reason(d).starts_with(": expected the end of the line (line 2"));
  }
  TEST_CASE("a malformed first line is rejected") {
    const auto d = decode_text(objects_detection(),
                               "{\"vehicle_id\":,}\n" + event("b", k_time) + "\n" + event("c", k_time) + "\n");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    CHECK(one_reason(d) == ": expected a value: found ',' (line 1, column 15)");
    CHECK(d.rejects[0].record_no == 1);
  }
  TEST_CASE("a first line without a required member is rejected") {
    const auto d = decode_text(objects_detection(), "{\"vehicle_id\":\"a\"}\n" + event("b", k_time) + "\n");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 1);
    CHECK(one_reason(d) == "detection_time: is missing (line 1, column 1)");
  }
  TEST_CASE("a run of NUL bytes costs its line") {
    const std::string nuls(5000, '\0');
    const auto d = decode_text(objects_detection(), event("a", k_time) + "\n" + nuls + event("x", k_time) + "\n" +
                                                        event("b", k_time) + "\n{\"\0\"}\n"s + nuls);
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    REQUIRE(d.rejects.size() == 3);
    CHECK(d.rejects[0].text() == "unexpected NUL byte (line 2, column 1)");
    CHECK(d.rejects[0].kind.code == "json");
    CHECK(d.rejects[1].text() == "unexpected NUL byte (line 4, column 3)");
    CHECK(d.rejects[2].text() == "unexpected NUL byte (line 5, column 1)");
    CHECK(decode_text(objects_detection(), nuls + "\n" + event("a", k_time) + "\n").rows.size() == 1);
  }
  TEST_CASE("a first line that a rotation has cut, and a last one, cost themselves") {
    const std::string good = event("a", k_time) + "\n" + event("b", k_time) + "\n" + event("c", k_time) + "\n";
    for (const std::string cut : {R"(00Z","detections":[{"object_type":"cars","object_value":1}]})", R"("})", "}", "]}",
                                  R"({"vehicle_id": )", R"({"vehicle_id":"a","detec)", "[", R"({"x":[)", "5", "nul"})
      for (const std::size_t piece : {0, 1, 13}) {
        const auto d =
            decode_text(objects_detection(), std::string{cut} + "\n" + good + R"({"vehicle_id":"v4","dete)", {}, piece);
        if (cut == "[") {  // an array of records has begun: its fault fails the file
          CHECK(d.fault.starts_with("ends too early"));
          continue;
        }
        CHECK_MESSAGE(d.fault == "", cut);
        CHECK(d.rows.size() == 3);
        CHECK(d.counts.rejects == 2);
      }
    CHECK(decode_text(objects_detection(), "00Z\"}\n" + event("a", k_time) + "\n").rows.size() == 1);
  }
  TEST_CASE("only the beginning of the document decides, independent of how the bytes arrive") {
    std::string text = "broken\n";
    for (int i = 0; i < 2000; ++i)
      text += event("v" + std::to_string(i), k_time) + "\n" + (i % 100 == 50 ? "{\n" : "");
    for (const std::size_t piece : {0, 100, 65536}) {
      const auto d = decode_text(objects_detection(), text, {}, piece);
      CHECK(d.fault == "");
      CHECK(d.rows.size() == 2000);
      CHECK(d.counts.rejects == 21);
    }
  }
  TEST_CASE("a pretty-printed document is not taken for lines") {
    const std::string list = "{\"objects_detection_events\": [\n" + event("a", k_time) + "\n]}\n";
    CHECK(decode_text(objects_detection(), list).rows.size() == 1);
    CHECK(decode_text(objects_detection(), list + list + list).rows.size() == 3);
    CHECK(decode_text(objects_detection(), "[\n" + event("a", k_time) + "\n,\n" + event("b", k_time) + "\n]")
              .rows.size() == 2);
    const auto fault = decode_text(objects_detection(), "[\n" + event("a", k_time) + "\n" + event("b", k_time) + ",\n" +
                                                            event("c", k_time) + "\n]");
    CHECK(fault.fault == "expected ',' or ']' after an element: found '{'");
    CHECK(fault.fault_at.line == 3);
  }
  TEST_CASE("a line with an envelope, an array or several records loads, and fails the file if it breaks off") {
    const std::string lines = event("a", k_time) + "\n" + event("b", k_time) + "\n";
    const auto d =
        decode_text(objects_detection(), lines + events(event("c", k_time) + "," + event("\\ud800", k_time)) + "\n[" +
                                             event("d", k_time) + "]\n" + event("e", k_time) + event("f", k_time) +
                                             "\n" + event("g", k_time));
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 7);
    CHECK(one_reason(d).starts_with("vehicle_id: contains a lone surrogate (line 3, column " +
                                    std::to_string(events("").size() + event("c", k_time).size() + 14)));
    CHECK(decode_text(objects_detection(), lines + "[" + event("c", k_time) + "][" + event("d", k_time) + "]\n")
              .rows.size() == 4);
    const auto behind = decode_text(objects_detection(), lines + event("c", k_time) + "[" + event("d", k_time) + "]\n");
    CHECK(behind.rows.size() == 4);
    CHECK(behind.rejects.empty());
    const auto broken = decode_text(objects_detection(), lines + "[" + event("c", k_time) + ",\n" + lines);
    CHECK(broken.fault == "ends too early: expected a value");
    CHECK(broken.fault_at.line == 3);
  }
  TEST_CASE("a line that is an envelope is not a record, also if a column reads its members") {
    const Feed feed = parse_feed(R"(name = "calls"
files = "calls"
records = ["/events", ""]
table = "calls"
key = ["id"]
columns = [ { name = "id", from = "/id", type = "bigint" } ])",
                                 "calls.toml");
    const auto d =
        decode_text(feed, "{\"id\":1}\n{\"id\":2}\n{\"id\":3,\"events\":[{\"id\":4},{\"id\":5}]}\n{\"id\":6}\n");
    CHECK(d.fault == "");
    CHECK(d.rows == std::vector<std::string>{"1", "2", "4", "5", "6"});
    CHECK(one_reason(decode_text(feed, "{\"id\":1}\n{\"id\":2}\n{\"id\":3,\"events\":5}\n"))
              .starts_with(": not an array of records: /events (line 3"));
  }
  TEST_CASE("a short document with one pretty-printed record among lines is read whole") {
    const std::string lines = event("a", k_time) + "\n" + event("b", k_time) + "\n" + event("c", k_time) + "\n";
    const auto d = decode_text(objects_detection(), lines + "{\n\"vehicle_id\":\"d\",\"detections\":[],\n" +
                                                        "\"detection_time\":\"" + k_time + "\"}\n");
    CHECK(d.rows.size() == 4);
    CHECK(d.rejects.empty());
  }
  TEST_CASE("an incomplete last line is known to be one, for the file may still be written") {
    const std::string good = event("a", k_time) + "\n" + event("b", k_time) + "\n";
    CHECK(decode_text(objects_detection(), good + "{\"vehicle_id\":").counts.ends_early);
    CHECK_FALSE(decode_text(objects_detection(), good + "{\"vehicle_id\":\n").counts.ends_early);
    CHECK_FALSE(decode_text(objects_detection(), good + "{\"vehicle_id\":,").counts.ends_early);
  }
  TEST_CASE("a line longer than the limit is rejected, the next line is loaded") {
    decode::Limits limits;
    limits.record_bytes = 200'000;
    const std::string text =
        event("a", k_time) + "\n{\"x\":\"" + std::string(900'000, 'x') + "\"}\n" + event("b", k_time) + "\n";
    const auto d = decode_text(objects_detection(), text, limits, 5000);
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    CHECK(one_reason(d) == ": the record is longer than max_record_bytes (line 2, column 1)");
    CHECK(d.rejects[0].raw.starts_with("{\"x\":\"xxx"));
  }
}
