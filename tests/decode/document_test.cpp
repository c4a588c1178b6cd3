// The input contract of a document: its bytes, its envelope, its values one after another (docs/input.md).
#include "base/text.hpp"
#include "decode/decoding.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;
using namespace std::string_literals;

TEST_SUITE("input contract: document") {
  TEST_CASE("an object with an array of events gives one row per event") {
    const auto d = decode_text(
        objects_detection(),
        events(event("ebab5f787798416fb2b8afc1340d7a4e", k_time,
                     R"([{"object_type":"pedestrians","object_value":3},{"object_type":"cars","object_value":2}])")));
    CHECK(d.fault == "");
    CHECK(d.rows ==
          std::vector<std::string>{
              R"(ebab5f787798416fb2b8afc1340d7a4e|2022-06-05T21:02:34.546000Z|["pedestrians","cars"]|[3,2])"});
    CHECK(d.counts.records == 1);
    CHECK(d.counts.rejects == 0);
  }

  TEST_CASE("a status file gives one row per status") {
    const auto d = decode_text(
        vehicles_status(),
        R"({"vehicle_status":[{"vehicle_id":"q","report_time":"2022-05-05T22:02:34.546Z","status":"driving"}]})");
    CHECK(d.rows == std::vector<std::string>{"q|2022-05-05T22:02:34.546000Z|driving"});
  }

  TEST_CASE("members may come in any order, also the array before its siblings") {
    const auto d = decode_text(
        objects_detection(),
        R"({"x":[1,{"y":2}],"objects_detection_events":[{"detections":[{"object_value":4,"object_type":"cars"}],"detection_time":")" +
            k_time + R"(","vehicle_id":"v"}],"z":null})");
    CHECK(d.fault == "");
    CHECK(d.rows == std::vector<std::string>{R"(v|2022-06-05T21:02:34.546000Z|["cars"]|[4])"});
  }

  TEST_CASE("the result does not depend on how the bytes arrive") {
    const std::string good = "\xEF\xBB\xBF " + events(event("v\\u00e9\\ud83d\\ude00\xC3\xA9", k_time) + " ,\n" +
                                                      event("w", k_time, "[]") + "," + event("\\ud800", k_time));
    const auto whole = decode_text(objects_detection(), good);
    CHECK(whole.rows.size() == 2);
    CHECK(whole.rejects.size() == 1);
    for (std::size_t piece = 1; piece < 40; ++piece) {
      const auto d = decode_text(objects_detection(), good, {}, piece);
      CHECK(d.rows == whole.rows);
      CHECK(d.hashes == whole.hashes);
      REQUIRE(d.rejects.size() == 1);
      CHECK(d.rejects[0].text() == whole.rejects[0].text());
      CHECK(d.rejects[0].byte_offset == whole.rejects[0].byte_offset);
    }
  }

  TEST_CASE("byte order marks before a value are skipped, inside a value they are a fault") {
    CHECK(decode_text(objects_detection(), "\xEF\xBB\xBF" + events("")).fault == "");
    CHECK(decode_text(objects_detection(), "\xEF\xBB\xBF\xEF\xBB\xBF" + events("")).fault == "");
    CHECK(decode_text(objects_detection(), "{\xEF\xBB\xBF}").fault.starts_with("expected a member name"));
    CHECK(decode_text(objects_detection(), "\xEF\xBB" + events("")).fault.starts_with("expected a value"));
  }

  TEST_CASE("UTF-16 and UTF-32 of either byte order fail the file, with the command that converts it") {
    const std::vector<std::pair<std::string, std::string>> documents = {
        {"\xFF\xFE{\0"s, "UTF-16"}, {"\xFE\xFF\0{"s, "UTF-16"},    {"{\0\"\0"s, "UTF-16LE"},
        {"\0{\0\""s, "UTF-16BE"},   {"\xFF\xFE\0\0{"s, "UTF-32"},  {"[\0\0\0"s, "UTF-32LE"},
        {"\0\0\0{"s, "UTF-32BE"},   {"\0\0\xFE\xFF\0"s, "UTF-32"},
    };
    for (const auto& [head, name] : documents) {
      const auto d = decode_text(objects_detection(), head);
      CHECK(d.fault == "the document is " + name + ", not UTF-8");
      CHECK(d.hint == "iconv -f " + name + " -t UTF-8 FILE >NEW, then drop NEW");
    }
  }

  TEST_CASE("C03: a NUL byte is not taken as the end of the document") {
    const std::string good = events(event("v", k_time));
    const auto d = decode_text(objects_detection(), good + "\0"s + good);
    CHECK(d.fault == "unexpected NUL byte");
    CHECK(d.hint == "tr -d '\\000' <FILE >NEW, then drop NEW");
    CHECK(d.fault_at.offset == good.size());
    CHECK(decode_text(objects_detection(), "{\"objects_detection_events\":[\0]}"s).fault == "unexpected NUL byte");
    CHECK(decode_text(objects_detection(), "{\"objects_detection_events\":[],\"a\":\"\0\"}"s).fault ==
          "unexpected NUL byte");
  }

  TEST_CASE("invalid UTF-8 in a document fails the file") {
    const auto d = decode_text(objects_detection(), events(event("v", k_time) + "," + event("\xFF", k_time)));
    CHECK(d.fault == "invalid UTF-8: found '\\xff'");
    CHECK(d.hint == "if the file is Latin-1: iconv -f LATIN1 -t UTF-8 FILE >NEW, then drop NEW");
    CHECK(decode_text(objects_detection(), events(event("\xED\xA0\x80", k_time))).fault != "");
    CHECK(decode_text(objects_detection(), events(event("\xC0\xAF", k_time))).fault != "");
  }

  TEST_CASE("a raw control character in a string fails the file, with its place") {
    const auto d = decode_text(objects_detection(), "{\n  \"objects_detection_events\": [\n  \"a\nb\"]}");
    CHECK(d.fault == "raw control character in a string: \\x0a");
    CHECK(d.fault_at == Position{38, 3, 5});
  }

  TEST_CASE("content after a value that is not another value fails the file") {
    const auto d = decode_text(objects_detection(), events("") + "\n\n]");
    CHECK(d.fault == "expected '{', '[' or the end of the document: found ']'");
    CHECK(d.fault_at == Position{events("").size() + 2, 3, 1});
    CHECK(decode_text(objects_detection(), events("") + "," + events("")).fault ==
          "expected '{', '[' or the end of the document: found ','");
    CHECK(decode_text(objects_detection(), events("") + " \n\t ").fault == "");
  }

  TEST_CASE("an empty file and a file of white space fail") {
    CHECK(decode_text(objects_detection(), "").fault == "the document is empty");
    CHECK(decode_text(objects_detection(), " \n ").fault == "the document contains only white space");
    CHECK(decode_text(objects_detection(), "\xEF\xBB\xBF").fault == "the document contains only white space");
  }

  TEST_CASE("the fault of a document that ends too early names what was expected") {
    const std::string whole = events(event("v", k_time));
    for (std::size_t length = 1; length < whole.size(); ++length) {
      const auto d = decode_text(objects_detection(), whole.substr(0, length));
      CHECK_MESSAGE(d.fault.starts_with("ends too early"), length, " ", d.fault);
      CHECK(d.fault_at.offset == length);
    }
  }

  TEST_CASE("a syntax fault has byte, line, column, what was expected and what was found") {
    const auto comma = decode_text(vehicles_status(), "{\"vehicle_status\": [\n  {\"vehicle_id\": \"a\",},\n]}");
    CHECK(comma.fault == "expected a member name in quotes: found '}'");
    CHECK(comma.fault_at == Position{42, 2, 22});
    const auto missing =
        decode_text(objects_detection(), "{\"objects_detection_events\": [{\"detections\": []\n \"object_type\": 1}]}");
    CHECK(missing.fault == "expected ',' or '}' after a member: found '\"'");
    CHECK(missing.fault_at == Position{49, 2, 2});
    CHECK(decode_text(objects_detection(), "[1,]").fault == "expected a value: found ']'");
    CHECK(decode_text(objects_detection(), "{\"a\" 1}").fault == "expected ':' after a member name: found '1'");
    CHECK(decode_text(objects_detection(), "[1 2]").fault == "expected ',' or ']' after an element: found '2'");
    CHECK(decode_text(objects_detection(), "[\"\\x\"]").fault == "invalid escape: \\x");
    CHECK(decode_text(objects_detection(), "[\"\\u12g4\"]").fault ==
          "expected four hex digits after \\u: found '\\\\'");
    CHECK(decode_text(objects_detection(), "[tru]").fault == "expected a value: found ']'");
    for (const std::string word : {"Nan", "NaN.5", "NaNe5", "Infinite", "-", "-I", "inf", "+Infinity"})
      CHECK(decode_text(objects_detection(), "[" + word + "]").fault.starts_with("expected"));
    CHECK(decode_text(objects_detection(), "[01]").fault == "expected ',' or ']' after an element: found '1'");
    CHECK(decode_text(objects_detection(), "[1.]").fault == "expected a digit after the decimal point: found ']'");
    CHECK(decode_text(objects_detection(), "[1e]").fault == "expected a digit in the exponent: found ']'");
    CHECK(decode_text(objects_detection(), "// a comment\n[]").fault == "expected a value: found '/'");
    CHECK(decode_text(objects_detection(), "hello").fault == "expected a value: found 'h'");
  }

  TEST_CASE("NaN and Infinity are ignored where no column reads them, and reject their record where one does") {
    for (const std::string word : {"NaN", "-NaN", "Infinity", "-Infinity", "Inf", "-Inf"})
      for (const std::size_t piece : {0, 1}) {
        const auto d = decode_text(
            objects_detection(),
            "{\"quality\":" + word + ",\"objects_detection_events\":[" + event("a", k_time) + R"(,{"speed":)" + word +
                R"(,"x":[)" + word + R"(],"vehicle_id":"b","detections":[],"detection_time":")" + k_time + "\"}," +
                event("c", k_time, R"([{"object_type":"cars","object_value":)" + word + "}]") + "]}",
            {}, piece);
        CHECK(d.fault == "");
        CHECK(d.rows.size() == 2);
        CHECK(one_reason(d).find(": is not an integer: " + word + " (line 1") != std::string::npos);
      }
    CHECK(decode_text(vehicles_status(), R"([{"vehicle_id":NaN,"report_time":"2022-05-05T22:02:34Z","status":"s"},5])")
              .rejects.at(0)
              .text()
              .starts_with("is not a string: NaN"));
  }

  TEST_CASE("the place of a fault in the middle of a long document is correct") {
    std::string text = "{\"objects_detection_events\":[";
    for (int i = 0; i < 5000; ++i)
      text += "\n" + event("v" + std::to_string(i), k_time) + ",";
    const std::size_t offset = text.size();
    text += " nonsense]}";
    const auto d = decode_text(objects_detection(), text);
    CHECK(d.fault_at == Position{offset + 2, 5001, event("v4999", k_time).size() + 4});
  }

  TEST_CASE("C05: nesting up to the limit is accepted, one level more fails the file, 100 000 levels do not crash") {
    const auto nested = [](std::size_t depth) {
      return "{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"objects_detection_events\":[]}";
    };
    CHECK(decode_text(objects_detection(), nested(63)).fault == "");
    CHECK(decode_text(objects_detection(), nested(64)).fault == "nested deeper than max_depth: 64");
    CHECK(decode_text(objects_detection(), nested(100'000)).fault == "nested deeper than max_depth: 64");
    CHECK(decode_text(objects_detection(), std::string(100'000, '[')).fault == "nested deeper than max_depth: 64");
  }
}

TEST_SUITE("input contract: envelope") {
  TEST_CASE("a document without an envelope fails the file") {
    CHECK(decode_text(objects_detection(), R"({"something":[]})").fault ==
          "no envelope: expected an array at /objects_detection_events");
    CHECK(decode_text(objects_detection(), R"("text")").fault ==
          "no envelope: expected an object with an array at /objects_detection_events");
    CHECK(decode_text(objects_detection(), "{}").fault.starts_with("no envelope"));
  }
  TEST_CASE("a value without an envelope is reported where it begins, however long it is") {
    const Feed feed = parse_feed(R"(name = "calls"
files = "calls"
records = "/events"
table = "calls"
key = ["id"]
columns = [ { name = "id", from = "/id", type = "bigint" } ])",
                                 "calls.toml");
    std::string lines;
    for (int i = 0; i < 20'000; ++i)
      lines += "\"a line\",\n";
    for (const std::size_t piece : {0, 1000}) {
      const auto d = decode_text(feed, "{\"events\":[]}\n\n {\"x\":[" + lines + "1]}\n", {}, piece);
      CHECK(d.fault == "no envelope: expected an array at /events");
      CHECK(d.fault_at == Position{16, 3, 2});
    }
  }
  TEST_CASE("two envelopes fail the file") {
    CHECK(decode_text(objects_detection(), R"({"objects_detection_events":[],"objects_detection_events":[]})").fault ==
          "a second array of records");
  }
  TEST_CASE("an envelope that is not an array fails the file") {
    CHECK(decode_text(objects_detection(), R"({"objects_detection_events":{}})").fault ==
          "not an array of records: /objects_detection_events");
    CHECK(decode_text(objects_detection(), R"({"objects_detection_events":5})").fault ==
          "not an array of records: /objects_detection_events");
  }
  TEST_CASE("the name of the envelope at a deeper level is an ordinary member") {
    CHECK(decode_text(objects_detection(), R"({"a":{"objects_detection_events":[1]},"objects_detection_events":[]})")
              .fault == "");
  }
  TEST_CASE("an empty envelope is a valid file without records") {
    const auto d = decode_text(objects_detection(), events(""));
    CHECK(d.fault == "");
    CHECK(d.counts.records == 0);
  }
  TEST_CASE("the root may be the array of records") {
    const auto d = decode_text(objects_detection(), "[" + event("v", k_time) + "," + event("w", k_time) + "]");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
  }
  TEST_CASE("a single record without an envelope is loaded") {
    const auto d = decode_text(objects_detection(), "{\n\"vehicle_id\":\"v\",\n\"detection_time\":\"" + k_time +
                                                        "\",\n\"detections\":[]}\n");
    CHECK(d.fault == "");
    CHECK(d.rows == std::vector<std::string>{"v|2022-06-05T21:02:34.546000Z|[]|[]"});
  }
  TEST_CASE("a single record with a bad value is a reject with field and reason, not a missing envelope") {
    const std::string every = "every record was rejected (1), the first: ";
    const auto time = decode_text(objects_detection(), R"({"vehicle_id":"v","detection_time":5,"detections":[]})");
    CHECK(time.fault == every + "detection_time is not a time: 5");
    CHECK(one_reason(time) == "detection_time: is not a time: 5 (line 1, column 36)");
    CHECK(decode_text(objects_detection(), R"({"vehicle_id":"v"})").fault == every + "detection_time is missing");
    CHECK(decode_text(objects_detection(), R"({"vehicle_id":{}})").fault == every + "vehicle_id is an object");
    CHECK(decode_text(objects_detection(), R"({"error":"quota exceeded"})").fault ==
          "no envelope: expected an array at /objects_detection_events");
  }
}

TEST_SUITE("input contract: streams of values") {
  const std::string k_a = event("a", k_time);
  const std::string k_b = event("b", k_time);
  // of `text`, for every size of piece
  void check_stream(const std::string& text, std::size_t rows) {
    for (const std::size_t piece : {0, 1, 2, 3, 7, 100}) {
      const auto d = decode_text(objects_detection(), text, {}, piece);
      CHECK_MESSAGE(d.fault == "", escape(text), " ", piece);
      CHECK(d.rows.size() == rows);
      CHECK(d.rejects.empty());
      CHECK(d.counts.bytes == text.size());
    }
  }
  std::string pretty(const std::string& id) {
    return "{\n  \"vehicle_id\": \"" + id + "\",\n  \"detection_time\": \"" + k_time +
           "\",\n  \"detections\": [\n    {\"object_type\":\"cars\",\"object_value\":1}\n  ]\n}\n";
  }

  TEST_CASE("records without anything between them are loaded") { check_stream(k_a + k_b, 2); }
  TEST_CASE("pretty-printed records are loaded") { check_stream(pretty("a") + pretty("b") + pretty("c"), 3); }
  TEST_CASE("envelopes one after another, on lines or not, are loaded") {
    check_stream(events(k_a) + "\n" + events(k_b) + "\n", 2);
    check_stream(events(k_a) + events(k_b) + events(""), 2);
  }
  TEST_CASE("arrays one after another are loaded") { check_stream("[" + k_a + "]\n[" + k_b + "," + k_a + "] []", 3); }
  TEST_CASE("record separators and byte order marks between values are skipped") {
    check_stream("\x1E" + k_a + "\n\x1E" + k_b + "\n", 2);
    check_stream("\x1E" + pretty("a") + "\x1E\x1E" + pretty("b"), 2);
    check_stream(k_a + "\n\xEF\xBB\xBF" + k_b + "\n", 2);
    check_stream(pretty("a") + "\xEF\xBB\xBF" + pretty("b") + "\x1E\n", 2);
  }
  TEST_CASE("a mixture of forms is loaded") {
    check_stream(k_a + "\n" + pretty("b") + "[" + k_a + "]" + events(k_b), 4);
    check_stream(events(k_a) + "\n" + k_a + "\n" + k_b, 3);
    check_stream(k_a + "\n" + k_b + "\n" + events(k_b) + "\n[" + k_a + "]\n", 4);
    check_stream(k_a + "\n" + k_a + k_b + "\n" + k_b + "\n", 4);
  }
  TEST_CASE("a bad value in one of several pretty-printed records costs this record") {
    const auto d = decode_text(objects_detection(), pretty("a") + pretty("\\ud800") + pretty("c"));
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    CHECK(one_reason(d) == "vehicle_id: contains a lone surrogate (line 9, column 17)");
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].byte_offset == pretty("a").size());
  }
  TEST_CASE("a syntax fault between or in values that are not lines fails the file, with its place") {
    const auto d = decode_text(objects_detection(), pretty("a") + "{\n\"vehicle_id\":,\n}\n" + pretty("c"));
    CHECK(d.fault == "expected a value: found ','");
    CHECK(d.fault_at == Position{pretty("a").size() + 15, 9, 14});
    CHECK(decode_text(objects_detection(), events(k_a) + "\n{\"objects_detection_events\":[" + k_a)
              .fault.starts_with("ends too early"));
    CHECK(decode_text(objects_detection(), pretty("a") + "\0\0"s + pretty("b")).fault == "unexpected NUL byte");
  }
  TEST_CASE("one value without records fails the file, also after others") {
    CHECK(decode_text(objects_detection(), pretty("a") + "{\n\"x\":1}").fault ==
          "no envelope: expected an array at /objects_detection_events");
    CHECK(decode_text(objects_detection(), events("") + "{}").fault.starts_with("no envelope"));
  }
}
