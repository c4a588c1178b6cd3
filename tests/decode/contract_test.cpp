// The input contract, clause by clause (docs/input.md).
#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;
using namespace std::string_literals;

namespace {

const std::string k_time = "2022-06-05T21:02:34.546Z";

std::string one_reason(const Decoding& decoding) {
  REQUIRE(decoding.rejects.size() == 1);
  return decoding.rejects[0].field + ": " + decoding.rejects[0].reason;
}

// One good event beside the one that is looked at, so that the file is not failed for having rejects only.
Decoding beside_a_good_one(const std::string& record) {
  return decode_text(objects_detection(), events(event("good", k_time) + "," + record));
}

}  // namespace

TEST_SUITE("input contract: document") {
  TEST_CASE("the assignment's own form gives a row an event") {
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

  TEST_CASE("a status file") {
    const auto d = decode_text(
        vehicles_status(),
        R"({"vehicle_status":[{"vehicle_id":"q","report_time":"2022-05-05T22:02:34.546Z","status":"driving"}]})");
    CHECK(d.rows == std::vector<std::string>{"q|2022-05-05T22:02:34.546000Z|driving"});
  }

  TEST_CASE("the order of members is free, the array may come before what it belongs to") {
    const auto d = decode_text(
        objects_detection(),
        R"({"x":[1,{"y":2}],"objects_detection_events":[{"detections":[{"object_value":4,"object_type":"cars"}],"detection_time":")" +
            k_time + R"(","vehicle_id":"v"}],"z":null})");
    CHECK(d.fault == "");
    CHECK(d.rows == std::vector<std::string>{R"(v|2022-06-05T21:02:34.546000Z|["cars"]|[4])"});
  }

  TEST_CASE("however the bytes arrive, the same comes out") {
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
      CHECK(d.rejects[0].reason == whole.rejects[0].reason);
      CHECK(d.rejects[0].byte_offset == whole.rejects[0].byte_offset);
    }
  }

  TEST_CASE("one byte order mark is skipped, two are not") {
    CHECK(decode_text(objects_detection(), "\xEF\xBB\xBF" + events("")).fault == "");
    CHECK(decode_text(objects_detection(), "\xEF\xBB\xBF\xEF\xBB\xBF" + events("")).fault != "");
  }

  TEST_CASE("UTF-16 fails the file, whatever the byte order") {
    for (const std::string& head : {"\xFF\xFE{\0"s, "\xFE\xFF\0{"s, "{\0\"\0"s, "\0{\0\""s}) {
      const auto d = decode_text(objects_detection(), head);
      CHECK(d.fault == "the document is UTF-16 or UTF-32, not UTF-8");
    }
  }

  TEST_CASE("a NUL byte does not pass for the end") {
    const std::string good = events(event("v", k_time));
    const auto d = decode_text(objects_detection(), good + "\0"s + good);
    CHECK(d.fault == "a NUL byte");
    CHECK(d.fault_at.offset == good.size());
    CHECK(decode_text(objects_detection(), "{\"objects_detection_events\":[\0]}"s).fault == "a NUL byte");
    CHECK(decode_text(objects_detection(), "{\"objects_detection_events\":[],\"a\":\"\0\"}"s).fault == "a NUL byte");
  }

  TEST_CASE("bad UTF-8 in a document fails the file") {
    const auto d = decode_text(objects_detection(), events(event("v", k_time) + "," + event("\xFF", k_time)));
    CHECK(d.fault == "bytes that are no UTF-8, found '\\xff'");
    CHECK(decode_text(objects_detection(), events(event("\xED\xA0\x80", k_time))).fault != "");
    CHECK(decode_text(objects_detection(), events(event("\xC0\xAF", k_time))).fault != "");
  }

  TEST_CASE("a raw control character in a string fails the file, with its place") {
    const auto d = decode_text(objects_detection(), "{\n  \"objects_detection_events\": [\n  \"a\nb\"]}");
    CHECK(d.fault == "a raw control character in a string: \\x0a");
    CHECK(d.fault_at == Position{38, 3, 5});
  }

  TEST_CASE("what follows the document fails the file") {
    const auto d = decode_text(objects_detection(), events("") + "\n\n" + events(""));
    CHECK(d.fault == "expected the end of the document, found '{'");
    CHECK(d.fault_at == Position{events("").size() + 2, 3, 1});
    CHECK(decode_text(objects_detection(), events("") + " \n\t ").fault == "");
  }

  TEST_CASE("an empty file and one of blanks") {
    CHECK(decode_text(objects_detection(), "").fault == "the document is empty");
    CHECK(decode_text(objects_detection(), " \n ").fault == "the document is nothing but white space");
    CHECK(decode_text(objects_detection(), "\xEF\xBB\xBF").fault == "the document is nothing but white space");
  }

  TEST_CASE("a document that ends too early says what was expected") {
    const std::string whole = events(event("v", k_time));
    for (std::size_t length = 1; length < whole.size(); ++length) {
      const auto d = decode_text(objects_detection(), whole.substr(0, length));
      CHECK_MESSAGE(d.fault.starts_with("ends too early"), length, " ", d.fault);
      CHECK(d.fault_at.offset == length);
    }
  }

  TEST_CASE("syntax faults: byte, line, column, what was expected and what was found") {
    const auto comma = decode_text(vehicles_status(), "{\"vehicle_status\": [\n  {\"vehicle_id\": \"a\",},\n]}");
    CHECK(comma.fault == "expected a member name in quotes, found '}'");
    CHECK(comma.fault_at == Position{42, 2, 22});
    const auto missing =
        decode_text(objects_detection(), "{\"objects_detection_events\": [{\"detections\": []\n \"object_type\": 1}]}");
    CHECK(missing.fault == "expected ',' or '}' after a member, found '\"'");
    CHECK(missing.fault_at == Position{49, 2, 2});
    CHECK(decode_text(objects_detection(), "[1,]").fault == "expected a value, found ']'");
    CHECK(decode_text(objects_detection(), "{\"a\" 1}").fault == "expected ':' after a member name, found '1'");
    CHECK(decode_text(objects_detection(), "[1 2]").fault == "expected ',' or ']' after an element, found '2'");
    CHECK(decode_text(objects_detection(), "[\"\\x\"]").fault == "no escape of JSON: \\x");
    CHECK(decode_text(objects_detection(), "[\"\\u12g4\"]").fault ==
          "expected four hex digits after \\u, found '\\\\'");
    CHECK(decode_text(objects_detection(), "[tru]").fault == "expected a value, found ']'");
    CHECK(decode_text(objects_detection(), "[NaN]").fault.starts_with("expected a value"));
    CHECK(decode_text(objects_detection(), "[01]").fault == "expected ',' or ']' after an element, found '1'");
    CHECK(decode_text(objects_detection(), "[1.]").fault == "expected a digit after the decimal point, found ']'");
    CHECK(decode_text(objects_detection(), "[1e]").fault == "expected a digit in the exponent, found ']'");
    CHECK(decode_text(objects_detection(), "// a comment\n[]").fault == "expected a value, found '/'");
    CHECK(decode_text(objects_detection(), "hello").fault == "expected a value, found 'h'");
  }

  TEST_CASE("the place of a fault is right in the middle of a long document") {
    std::string text = "{\"objects_detection_events\":[";
    for (int i = 0; i < 5000; ++i)
      text += "\n" + event("v" + std::to_string(i), k_time) + ",";
    const std::size_t offset = text.size();
    text += " nonsense]}";
    const auto d = decode_text(objects_detection(), text);
    CHECK(d.fault_at == Position{offset + 2, 5001, event("v4999", k_time).size() + 4});
  }

  TEST_CASE("nesting up to the limit passes, one deeper fails the file, and 100 000 deep do not crash") {
    const auto nested = [](std::size_t depth) {
      return "{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"objects_detection_events\":[]}";
    };
    CHECK(decode_text(objects_detection(), nested(63)).fault == "");
    CHECK(decode_text(objects_detection(), nested(64)).fault == "nested deeper than 64");
    CHECK(decode_text(objects_detection(), nested(100'000)).fault == "nested deeper than 64");
    CHECK(decode_text(objects_detection(), std::string(100'000, '[')).fault == "nested deeper than 64");
  }
}

TEST_SUITE("input contract: envelope") {
  TEST_CASE("no envelope fails the file") {
    CHECK(decode_text(objects_detection(), R"({"something":[]})").fault ==
          "no envelope: expected an array at /objects_detection_events");
    CHECK(decode_text(objects_detection(), R"("text")").fault ==
          "no envelope: expected an object with an array at /objects_detection_events");
    CHECK(decode_text(objects_detection(), "{}").fault.starts_with("no envelope"));
  }
  TEST_CASE("the envelope twice fails the file") {
    CHECK(decode_text(objects_detection(), R"({"objects_detection_events":[],"objects_detection_events":[]})").fault ==
          "a second array of records");
  }
  TEST_CASE("an envelope that is no array fails the file") {
    CHECK(decode_text(objects_detection(), R"({"objects_detection_events":{}})").fault ==
          "what stands at /objects_detection_events is no array of records");
    CHECK(decode_text(objects_detection(), R"({"objects_detection_events":5})").fault ==
          "what stands at /objects_detection_events is no array of records");
  }
  TEST_CASE("the name of the envelope deeper down is another member") {
    CHECK(decode_text(objects_detection(), R"({"a":{"objects_detection_events":[1]},"objects_detection_events":[]})")
              .fault == "");
  }
  TEST_CASE("an empty envelope is a loaded file of no records") {
    const auto d = decode_text(objects_detection(), events(""));
    CHECK(d.fault == "");
    CHECK(d.counts.records == 0);
  }
  TEST_CASE("the root itself may be the array of records") {
    const auto d = decode_text(objects_detection(), "[" + event("v", k_time) + "," + event("w", k_time) + "]");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
  }
  TEST_CASE("a lone record is one") {
    const auto d = decode_text(objects_detection(), "{\n\"vehicle_id\":\"v\",\n\"detection_time\":\"" + k_time +
                                                        "\",\n\"detections\":[]}\n");
    CHECK(d.fault == "");
    CHECK(d.rows == std::vector<std::string>{"v|2022-06-05T21:02:34.546000Z|[]|[]"});
  }
}

TEST_SUITE("input contract: one record a line") {
  TEST_CASE("each line is a record, blank lines and CRLF are fine, the last needs no newline") {
    const auto d = decode_text(objects_detection(),
                               event("a", k_time) + "\r\n\n" + event("b", k_time) + "\n  \n" + event("c", k_time));
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 3);
    CHECK(d.counts.records == 3);
  }
  TEST_CASE("blanks behind the last line are no line, and no end that never comes") {
    const auto d = decode_text(objects_detection(), event("a", k_time) + "\n" + event("b", k_time) + "\n  ");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
  }
  TEST_CASE("a fault in a line is a reject of that line") {
    const std::string text = event("a", k_time) + "\n{\"vehicle_id\": \n" + event("b", k_time) + "\n\"\xFF\"\n[1,2]\n" +
                             event("c", k_time) + " {}\n" + event("d", k_time) + "\n";
    const auto d = decode_text(objects_detection(), text);
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 3);
    REQUIRE(d.rejects.size() == 4);
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].byte_offset == event("a", k_time).size() + 1);
    CHECK(d.rejects[0].reason == "ends too early: expected a value (line 2, column 16)");
    CHECK(d.rejects[0].raw == "{\"vehicle_id\": ");
    CHECK(d.rejects[1].reason == "bytes that are no UTF-8, found '\\xff' (line 4, column 2)");
    CHECK(d.rejects[2].reason == "is no object (line 5, column 1)");
    CHECK(d.rejects[3].reason.starts_with("expected the end of the line (line 6"));
    CHECK(d.counts.records == 7);
  }
  TEST_CASE("the first line may be the broken one") {
    const auto d = decode_text(objects_detection(),
                               "{\"vehicle_id\":,}\n" + event("b", k_time) + "\n" + event("c", k_time) + "\n");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    CHECK(one_reason(d) == ": expected a value, found ',' (line 1, column 15)");
    CHECK(d.rejects[0].record_no == 1);
  }
  TEST_CASE("the first line may lack something") {
    const auto d = decode_text(objects_detection(), "{\"vehicle_id\":\"a\"}\n" + event("b", k_time) + "\n");
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 1);
    CHECK(one_reason(d) == "detection_time: is missing (line 1, column 1)");
  }
  TEST_CASE("a NUL byte in a line fails the file") {
    const auto d = decode_text(objects_detection(), event("a", k_time) + "\n{\"\0\"}\n"s);
    CHECK(d.fault == "a NUL byte");
    CHECK(d.fault_at.line == 2);
  }
  TEST_CASE("records that span lines are no NDJSON, and the message says what to do") {
    const auto d = decode_text(objects_detection(), "{\n\"vehicle_id\":\"v\"}\n{\n\"vehicle_id\":\"w\"}\n");
    CHECK(d.fault == "one record a line was expected, but the first spans lines 1 to 2");
  }
  TEST_CASE("a second object on the same line is no second record") {
    CHECK(decode_text(objects_detection(), event("a", k_time) + " " + event("b", k_time)).fault != "");
  }
  TEST_CASE("a line longer than the limit is a reject, the next one goes on") {
    decode::Limits limits;
    limits.record_bytes = 200'000;
    const std::string text =
        event("a", k_time) + "\n{\"x\":\"" + std::string(900'000, 'x') + "\"}\n" + event("b", k_time) + "\n";
    const auto d = decode_text(objects_detection(), text, limits, 5000);
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    CHECK(one_reason(d) == ": is longer than max_record_bytes (line 2, column 1)");
    CHECK(d.rejects[0].raw.starts_with("{\"x\":\"xxx"));
  }
}

TEST_SUITE("input contract: records") {
  TEST_CASE("what a record lacks, has wrong or twice makes it one reject") {
    CHECK(one_reason(beside_a_good_one(R"({"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is missing"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","detections":[]})"))
              .starts_with("detection_time: is missing"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","detection_time":")" + k_time + R"("})"))
              .starts_with("object_types: is missing"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":5,"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is no string: 5"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":{},"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is an object"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":null,"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is null"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","vehicle_id":"v","detection_time":")" + k_time +
                                       R"(","detections":[]})"))
              .starts_with(": member \"vehicle_id\" stands twice"));
    CHECK(one_reason(beside_a_good_one("5")).starts_with(": is no object"));
    CHECK(one_reason(beside_a_good_one("[]")).starts_with(": is no object"));
    CHECK(one_reason(beside_a_good_one("null")).starts_with(": is no object"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","vehicle_id ":"x"})"))
              .starts_with("detection_time: is missing"));
  }

  TEST_CASE("values cannot slip against types: an element that lacks one rejects the record") {
    CHECK(one_reason(beside_a_good_one(
                         event("v", k_time, R"([{"object_type":"cars","object_value":1},{"object_type":"cars"}])")))
              .starts_with("object_values: is missing in element 2 of /detections"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "[5]"))).starts_with("object_types: is no object"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "[[]]"))).starts_with("object_types: is an array"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "null"))).starts_with("object_types: is null"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "{}"))).starts_with("object_types: is an object"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "7"))).starts_with("object_types: is no array"));
    CHECK(
        one_reason(beside_a_good_one(event("v", k_time, R"([{"object_type":"a","object_type":"b","object_value":1}])")))
            .find("stands twice") != std::string::npos);
  }

  TEST_CASE("the same type twice in one event is two detections") {
    const auto d = beside_a_good_one(
        event("v", k_time, R"([{"object_type":"cars","object_value":1},{"object_type":"cars","object_value":1}])"));
    CHECK(d.rows[1] == R"(v|2022-06-05T21:02:34.546000Z|["cars","cars"]|[1,1])");
  }

  TEST_CASE("the older flat form is one detection; where both are there the array counts") {
    const auto flat =
        R"({"vehicle_id":"v","detection_time":")" + k_time + R"(","object_type":"cars","object_value":4})";
    CHECK(beside_a_good_one(flat).rows[1] == R"(v|2022-06-05T21:02:34.546000Z|["cars"]|[4])");
    const auto both = R"({"object_type":"stray","object_value":-9,"vehicle_id":"v","detection_time":")" + k_time +
                      R"(","detections":[{"object_type":"cars","object_value":4}]})";
    CHECK(beside_a_good_one(both).rows[1] == R"(v|2022-06-05T21:02:34.546000Z|["cars"]|[4])");
    const auto half = R"({"vehicle_id":"v","detection_time":")" + k_time + R"(","object_type":"cars"})";
    CHECK(one_reason(beside_a_good_one(half)).starts_with("object_values: is missing"));
  }

  TEST_CASE("a reject tells its number, its byte, its field, the line, and keeps the text") {
    const std::string bad = event("", k_time);
    const auto d = decode_text(objects_detection(),
                               "{\"objects_detection_events\":[\n" + event("v", k_time) + ",\n  " + bad + "]}");
    REQUIRE(d.rejects.size() == 1);
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].byte_offset == 30 + event("v", k_time).size() + 4);
    CHECK(d.rejects[0].field == "vehicle_id");
    CHECK(d.rejects[0].reason == "is empty (line 3, column 17)");
    CHECK(d.rejects[0].raw == bad);
  }

  TEST_CASE("a file of nothing but rejects is failed, its rejects are kept") {
    const auto d = decode_text(objects_detection(), events("1,2"));
    CHECK(d.fault == "every record was rejected (2), the first: is no object");
    CHECK(d.rejects.size() == 2);
    CHECK(d.counts.records == 2);
  }

  TEST_CASE("only the first rejects are stored, all are counted") {
    std::string records = event("v", k_time);
    for (int i = 0; i < 50; ++i)
      records += ",{}";
    decode::Limits limits;
    limits.stored_rejects = 7;
    const auto d = decode_text(objects_detection(), events(records), limits);
    CHECK(d.rejects.size() == 7);
    CHECK(d.counts.rejects == 50);
    CHECK(d.counts.records == 51);
  }

  TEST_CASE("more rejects than the feed allows fail the file") {
    Feed feed = objects_detection();
    feed.max_rejects = 2;
    CHECK(decode_text(feed, events(event("v", k_time) + ",{},{}")).fault == "");
    CHECK(decode_text(feed, events(event("v", k_time) + ",{},{},{}"))
              .fault.starts_with("more than 2 records were rejected"));
  }

  TEST_CASE("a record longer than the limit is a reject, whatever is around it") {
    decode::Limits limits;
    limits.record_bytes = 100'000;
    std::string elements;
    for (int i = 0; i < 5000; ++i)
      elements += R"({"object_type":"cars","object_value":1},)";
    const auto d = decode_text(
        objects_detection(),
        "\n" + events(event("a", k_time) + "," +
                      event("long", k_time, "[" + elements + R"({"object_type":"cars","object_value":1}])") + "," +
                      event("b", k_time)),
        limits, 3000);
    CHECK(d.fault == "");
    CHECK(d.rows.size() == 2);
    CHECK(one_reason(d).starts_with(": is longer than max_record_bytes (line 2"));
    CHECK(d.rejects[0].raw.starts_with(R"({"vehicle_id":"long")"));
  }

  TEST_CASE("a string beyond every limit fails the file instead of filling the memory") {
    decode::Limits limits;
    limits.record_bytes = 100'000;
    const auto d = decode_text(objects_detection(), "{\"x\":\"" + std::string(1'000'000, 'x') + "\"}", limits, 50'000);
    CHECK(d.fault == "a string or number of more than 100000 bytes");
  }
}

TEST_SUITE("input contract: values") {
  Decoding with_vehicle(const std::string& json) {
    return beside_a_good_one(R"({"vehicle_id":)" + json + R"(,"detection_time":")" + k_time + R"(","detections":[]})");
  }
  Decoding with_time(const std::string& time) { return beside_a_good_one(event("v", time, "[]")); }
  Decoding with_value(const std::string& value) {
    return beside_a_good_one(event("v", k_time, R"([{"object_type":"cars","object_value":)" + value + "}]"));
  }

  TEST_CASE("text is stored byte for byte") {
    CHECK(with_vehicle(R"("q \\ \" ' % \u00e9")").rows[1].starts_with("q \\ \" ' % \xC3\xA9|"));
    CHECK(with_vehicle("\"" + std::string(256, 'x') + "\"").rows.size() == 2);
  }
  TEST_CASE("text that is no good") {
    CHECK(one_reason(with_vehicle("\"\"")).starts_with("vehicle_id: is empty"));
    CHECK(one_reason(with_vehicle("\"" + std::string(257, 'x') + "\""))
              .starts_with("vehicle_id: is longer than 256 bytes"));
    CHECK(one_reason(with_vehicle(R"("a\u0000b")")).starts_with("vehicle_id: holds U+0000"));
    CHECK(one_reason(with_vehicle(R"("\udc00")")).starts_with("vehicle_id: holds a lone surrogate"));
    CHECK(one_reason(with_vehicle(R"("\ud800")")).starts_with("vehicle_id: holds a lone surrogate"));
    CHECK(one_reason(with_vehicle(R"("\ud800\ud800\udc00")")).starts_with("vehicle_id: holds a lone surrogate"));
    CHECK(with_vehicle(R"("\\ud800")").rows.size() == 2);
  }
  TEST_CASE("integers are integer literals that fit") {
    for (const char* good : {"0", "1", "2147483647", "-0"})
      CHECK_MESSAGE(with_value(good).rows.size() == 2, good);
    for (const char* bad :
         {"-1", "2147483648", "1.0", "1e3", "\"3\"", "true", "null", "9223372036854775808", "{}", "[]"})
      CHECK_MESSAGE(one_reason(with_value(bad)).starts_with("object_values: "), bad);
    CHECK(one_reason(with_value("-1")).starts_with("object_values: is less than 0: -1"));
    CHECK(one_reason(with_value("2147483648")).starts_with("object_values: does not fit into integer: 2147483648"));
  }
  TEST_CASE("numbers that crash or confuse the parser do neither") {
    for (const char* number : {"128.74836467836484838364836483643636483648e-336", "0.0000000001e-2147483639",
                               "1.7976931348623158e308", "1e-400", "-1e-2147483648", "123456789012345678901234567890"})
      CHECK_MESSAGE(with_value(number).rejects.size() == 1, number);
    CHECK(with_value("1e400").fault == "a number too big for a double");
    CHECK(with_value(std::string(400, '9')).fault == "a number too big for a double");
    CHECK(with_value("0." + std::string(100'000, '0') + "1").rejects.size() == 1);
  }
  TEST_CASE("times are RFC 3339") {
    const std::pair<const char*, const char*> good[] = {
        {"2022-06-05T21:02:34Z", "2022-06-05T21:02:34.000000Z"},
        {"2022-06-05T21:02:34", "2022-06-05T21:02:34.000000Z"},
        {"2022-06-05T21:02:34.1", "2022-06-05T21:02:34.100000Z"},
        {"2022-06-05T21:02:34.123456789Z", "2022-06-05T21:02:34.123456Z"},
        {"2022-06-05T23:02:34+02:00", "2022-06-05T21:02:34.000000Z"},
        {"2022-06-05T21:02:34-23:59", "2022-06-06T21:01:34.000000Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
        {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
    };
    for (const auto& [text, canonical] : good) {
      const auto d = with_time(text);
      REQUIRE_MESSAGE(d.rows.size() == 2, text);
      CHECK(d.rows[1] == "v|" + std::string{canonical} + "|[]|[]");
    }
    for (const char* bad : {"now",
                            "today",
                            "infinity",
                            "2022-06-05",
                            "2022-06-05 21:02:34Z",
                            "05/06/2022 10:00",
                            "20220605T210234Z",
                            "2022-06-05T24:00:00Z",
                            "2022-06-05T23:59:60Z",
                            "2022-02-29T00:00:00Z",
                            "2022-13-01T00:00:00Z",
                            "2022-06-05T21:02:34.Z",
                            "2022-06-05T21:02:34.1234567890Z",
                            "2022-06-05T21:02:34+24:00",
                            "2022-06-05T21:02:34+0200",
                            "0000-01-01T00:00:00Z",
                            "0001-01-01T00:00:00+01:00",
                            "9999-12-31T23:59:59-01:00",
                            "2022-06-05T21:02:34Z ",
                            " 2022-06-05T21:02:34Z",
                            "2022-6-5T21:02:34Z",
                            "J2459736",
                            "2022-06-05T21:02Z",
                            "+022-06-05T21:02:34Z",
                            ""})
      CHECK_MESSAGE(one_reason(with_time(bad)).starts_with("detection_time: "), bad);
  }
  TEST_CASE("the least and the greatest time of the rows") {
    const auto d = decode_text(objects_detection(),
                               events(event("a", "2022-06-05T12:00:00Z") + "," + event("b", "2022-06-04T12:00:00Z") +
                                      "," + event("c", "2022-06-06T12:00:00Z")));
    CHECK(*d.counts.last_time - *d.counts.first_time == 2 * 86'400'000'000);
  }
}
