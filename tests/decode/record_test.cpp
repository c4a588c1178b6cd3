// The input contract of records and their values (docs/input.md).
#include "decode/decoding.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

// Adds a valid event, because a file with only rejects fails.
Decoding beside_a_good_one(const std::string& record) {
  return decode_text(objects_detection(), events(event("good", k_time) + "," + record));
}

}  // namespace

TEST_SUITE("input contract: records") {
  TEST_CASE("a missing, wrong or duplicate member rejects the record") {
    CHECK(one_reason(beside_a_good_one(R"({"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is missing"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","detections":[]})"))
              .starts_with("detection_time: is missing"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","detection_time":")" + k_time + R"("})"))
              .starts_with("object_types: is missing"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":5,"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is not a string: 5"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":{},"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is an object"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":null,"detection_time":")" + k_time + R"(","detections":[]})"))
              .starts_with("vehicle_id: is null"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","vehicle_id":"v","detection_time":")" + k_time +
                                       R"(","detections":[]})"))
              .starts_with(": duplicate member: \"vehicle_id\""));
    CHECK(one_reason(beside_a_good_one("5")).starts_with(": the record is not an object"));
    CHECK(one_reason(beside_a_good_one("[]")).starts_with(": the record is not an object"));
    CHECK(one_reason(beside_a_good_one("null")).starts_with(": the record is not an object"));
    CHECK(one_reason(beside_a_good_one(R"({"vehicle_id":"v","vehicle_id ":"x","detections":[]})"))
              .starts_with("detection_time: is missing"));
  }

  TEST_CASE("an element without a value or a type rejects the record, so that the two arrays stay aligned") {
    CHECK(one_reason(beside_a_good_one(
                         event("v", k_time, R"([{"object_type":"cars","object_value":1},{"object_type":"cars"}])")))
              .starts_with("object_values: is missing in an array element: /detections, element 2"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "[5]"))).starts_with("object_types: is not an object"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "[[]]"))).starts_with("object_types: is an array"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "null"))).starts_with("object_types: is null"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "{}"))).starts_with("object_types: is an object"));
    CHECK(one_reason(beside_a_good_one(event("v", k_time, "7"))).starts_with("object_types: is not an array"));
    CHECK(
        one_reason(beside_a_good_one(event("v", k_time, R"([{"object_type":"a","object_type":"b","object_value":1}])")))
            .find("duplicate member") != std::string::npos);
  }

  TEST_CASE("a type that occurs twice in an event gives two detections") {
    const auto d = beside_a_good_one(
        event("v", k_time, R"([{"object_type":"cars","object_value":1},{"object_type":"cars","object_value":1}])"));
    CHECK(d.rows[1] == R"(v|2022-06-05T21:02:34.546000Z|["cars","cars"]|[1,1])");
  }

  TEST_CASE("the older flat form gives one detection; if the array exists too, the array counts") {
    const auto flat =
        R"({"vehicle_id":"v","detection_time":")" + k_time + R"(","object_type":"cars","object_value":4})";
    CHECK(beside_a_good_one(flat).rows[1] == R"(v|2022-06-05T21:02:34.546000Z|["cars"]|[4])");
    const auto both = R"({"object_type":"stray","object_value":-9,"vehicle_id":"v","detection_time":")" + k_time +
                      R"(","detections":[{"object_type":"cars","object_value":4}]})";
    CHECK(beside_a_good_one(both).rows[1] == R"(v|2022-06-05T21:02:34.546000Z|["cars"]|[4])");
    const auto half = R"({"vehicle_id":"v","detection_time":")" + k_time + R"(","object_type":"cars"})";
    CHECK(one_reason(beside_a_good_one(half)).starts_with("object_values: is missing"));
  }

  TEST_CASE("a reject has its number, byte, field, line and text") {
    const std::string bad = event("", k_time);
    const auto d = decode_text(objects_detection(),
                               "{\"objects_detection_events\":[\n" + event("v", k_time) + ",\n  " + bad + "]}");
    REQUIRE(d.rejects.size() == 1);
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].byte_offset == 30 + event("v", k_time).size() + 4);
    CHECK(d.rejects[0].field == "vehicle_id");
    CHECK(d.rejects[0].kind == reason::k_empty);
    CHECK(d.rejects[0].value == "");
    CHECK(d.rejects[0].line == 3);
    CHECK(d.rejects[0].column == 17);
    CHECK(d.rejects[0].text() == "is empty (line 3, column 17)");
    CHECK(d.rejects[0].raw == bad);
  }

  TEST_CASE("a record with several faults has one reject for each field, in the order of the document") {
    const auto d = beside_a_good_one(
        "{\"detections\":[{\"object_type\":\"cars\",\"object_value\":-1},{\"object_value\":-2}],\n\"vehicle_id\":7}");
    CHECK(all_reasons(d) ==
          "object_values: is less than min: -1 < 0 (line 1, column 203)\n"
          "object_types: is missing in an array element: /detections, element 2 (line 1, column 226)\n"
          "vehicle_id: is not a string: 7 (line 2, column 14)\n"
          "detection_time: is missing (line 1, column 151)\n");
    CHECK(d.counts.rejects == 1);
    CHECK(d.counts.records == 2);
    CHECK(d.rejects[0].kind.code == "range");
    CHECK(d.rejects[0].kind.text == "is less than min");
    CHECK(d.rejects[0].value == "-1 < 0");
    CHECK(d.rejects[0].raw.starts_with("{\"detections\""));
    for (const Reject& reject : d.rejects) {
      CHECK(reject.record_no == 2);
      CHECK(reject.byte_offset == d.rejects[0].byte_offset);
      CHECK(reject.raw.empty() == (&reject != &d.rejects[0]));
    }
  }

  TEST_CASE("a duplicate member is one fault beside the others of its record") {
    const auto d = beside_a_good_one(R"({"vehicle_id":"v","vehicle_id":"v","detection_time":"now","detections":[]})");
    REQUIRE(d.rejects.size() == 2);
    CHECK(d.rejects[0].field == "");
    CHECK(d.rejects[0].value == "\"vehicle_id\"");
    CHECK(d.rejects[1].field == "detection_time");
  }

  TEST_CASE("a line that is not JSON has one fault, whatever its members are") {
    const auto d = decode_text(objects_detection(), event("v", k_time) + "\n{\"vehicle_id\":5,\"detections\":7,\n");
    CHECK(all_reasons(d) == ": ends too early: expected a member name in quotes (line 2, column 32)\n");
  }

  TEST_CASE("at most 8 faults of a record are kept, those in the document before the missing members") {
    std::string columns;
    std::string members;
    for (int i = 10; i < 20; ++i)
      columns += "{ name = \"c" + std::to_string(i) + "\", from = \"/c" + std::to_string(i) + "\", type = \"text\" },";
    for (int i = 12; i < 19; ++i)
      members += ",\"c" + std::to_string(i) + "\":5";
    const Feed feed = parse_feed("name = \"wide\"\nfiles = \"w\"\nrecords = \"\"\ntable = \"wide\"\nkey = [\"c10\"]\n"
                                 "columns = [" +
                                     columns + "]",
                                 "wide.toml");
    std::string good;
    for (int i = 10; i < 20; ++i)
      good += (good.empty() ? "{\"c" : ",\"c") + std::to_string(i) + "\":\"x\"";
    const auto d = decode_text(feed, "[" + good + "},{\"x\":1" + members + "}]");
    REQUIRE(d.rejects.size() == 8);
    CHECK(d.rejects.front().field == "c12");
    CHECK(d.rejects[6].field == "c18");
    CHECK(d.rejects.back().field == "c10");
    CHECK(d.rejects.back().kind == reason::k_missing);
  }

  TEST_CASE("a file with only rejects fails, and its rejects are kept") {
    const auto d = decode_text(objects_detection(), events("1,2"));
    CHECK(d.fault == "every record was rejected (2), the first: the record is not an object");
    CHECK(d.rejects.size() == 2);
    CHECK(d.counts.records == 2);
  }

  TEST_CASE("only the first rejects are stored, but all are counted") {
    std::string records = event("v", k_time);
    for (int i = 0; i < 50; ++i)
      records += ",{}";
    decode::Limits limits;
    limits.stored_rejects = 7;
    const auto d = decode_text(objects_detection(), events(records), limits);
    CHECK(d.rejects.size() == 7 * 4);  // of seven records
    CHECK(d.rejects.back().record_no == 8);
    CHECK(d.counts.rejects == 50);
    CHECK(d.counts.records == 51);
  }

  TEST_CASE("more rejects than the feed allows fail the file") {
    Feed feed = objects_detection();
    feed.max_rejects = 2;
    CHECK(decode_text(feed, events(event("v", k_time) + ",{},{}")).fault == "");
    CHECK(decode_text(feed, events(event("v", k_time) + ",{},{},{}"))
              .fault.starts_with("more records were rejected than max_rejects allows (2)"));
  }

  TEST_CASE("a record longer than the limit is rejected, in any place") {
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
    CHECK(one_reason(d).starts_with(": the record is longer than max_record_bytes (line 2"));
    CHECK(d.rejects[0].raw.starts_with(R"({"vehicle_id":"long")"));
  }

  TEST_CASE("a string beyond all limits fails the file instead of filling the memory") {
    decode::Limits limits;
    limits.record_bytes = 100'000;
    const auto d = decode_text(objects_detection(), "{\"x\":\"" + std::string(1'000'000, 'x') + "\"}", limits, 50'000);
    CHECK(d.fault == "a string or number is longer than max_record_bytes: 100000");
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
  TEST_CASE("text that is not valid is rejected") {
    CHECK(one_reason(with_vehicle("\"\"")).starts_with("vehicle_id: is empty"));
    CHECK(one_reason(with_vehicle("\"" + std::string(257, 'x') + "\""))
              .starts_with("vehicle_id: is longer than max_length: 257 > 256 bytes"));
    CHECK(one_reason(with_vehicle(R"("a\u0000b")")).starts_with("vehicle_id: contains U+0000"));
    CHECK(one_reason(with_vehicle(R"("\udc00")")).starts_with("vehicle_id: contains a lone surrogate"));
    CHECK(one_reason(with_vehicle(R"("\ud800")")).starts_with("vehicle_id: contains a lone surrogate"));
    CHECK(one_reason(with_vehicle(R"("\ud800\ud800\udc00")")).starts_with("vehicle_id: contains a lone surrogate"));
    CHECK(with_vehicle(R"("\\ud800")").rows.size() == 2);
  }
  TEST_CASE("only integer literals within the range are integers") {
    for (const char* good : {"0", "1", "2147483647", "-0"})
      CHECK_MESSAGE(with_value(good).rows.size() == 2, good);
    for (const char* bad :
         {"-1", "2147483648", "1.0", "1e3", "\"3\"", "true", "null", "9223372036854775808", "{}", "[]"})
      CHECK_MESSAGE(one_reason(with_value(bad)).starts_with("object_values: "), bad);
    CHECK(one_reason(with_value("-1")).starts_with("object_values: is less than min: -1 < 0"));
    CHECK(one_reason(with_value("2147483648")).starts_with("object_values: does not fit into integer: 2147483648"));
  }
  TEST_CASE("C04: numbers that crash other parsers are read or rejected") {
    for (const char* number : {"128.74836467836484838364836483643636483648e-336", "0.0000000001e-2147483639",
                               "1.7976931348623158e308", "1e-400", "-1e-2147483648", "123456789012345678901234567890"})
      CHECK_MESSAGE(with_value(number).rejects.size() == 1, number);
    CHECK(with_value("1e400").fault == "number too big for a double");
    CHECK(with_value(std::string(400, '9')).fault == "number too big for a double");
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
                            "2022-06-05  21:02:34Z",
                            "05/06/2022 10:00",
                            "20220605T210234Z",
                            "2022-06-05T24:00:00Z",
                            "2022-06-05T23:59:60Z",
                            "2022-02-29T00:00:00Z",
                            "2022-13-01T00:00:00Z",
                            "2022-06-05T21:02:34.Z",
                            "2022-06-05T21:02:34.1234567890Z",
                            "2022-06-05T21:02:34+24:00",
                            "2022-06-05T21:02:34+020",
                            "0000-01-01T00:00:00Z",
                            "0001-01-01T00:00:00+01:00",
                            "9999-12-31T23:59:59-01:00",
                            "2022-06-05T21:02:34Z ",
                            " 2022-06-05T21:02:34Z",
                            "2022-6-5T21:02:34Z",
                            "J2459736",
                            "2022-06-05T21Z",
                            "+022-06-05T21:02:34Z",
                            ""})
      CHECK_MESSAGE(one_reason(with_time(bad)).starts_with("detection_time: "), bad);
  }
  TEST_CASE("times that differ beyond the microsecond are two rows, times with other zeros are one") {
    const auto hashes = [](const std::string& a, const std::string& b) {
      const auto d = decode_text(objects_detection(), events(event("v", a) + "," + event("v", b)));
      REQUIRE(d.hashes.size() == 2);
      CHECK(d.rows[0] == d.rows[1]);
      return std::pair{d.hashes[0], d.hashes[1]};
    };
    const auto [first, later] = hashes("2022-06-05T21:02:34.000000000Z", "2022-06-05T21:02:34.000000800Z");
    CHECK(first != later);
    const auto [half, padded] = hashes("2022-06-05T21:02:34.5Z", "2022-06-05T23:02:34.500000000+02:00");
    CHECK(half == padded);
    const auto [less, more] = hashes("2022-06-05T21:02:34.000000080Z", "2022-06-05T21:02:34.00000008Z");
    CHECK(less == more);
  }
  TEST_CASE("in an array, the element to which digits beyond the microsecond belong counts") {
    const Feed feed = parse_feed(R"(name="f"
files="f"
records=""
table="f"
key=["k"]
columns=[{name="k",from="/k",type="integer"},{name="at",from="/at/*",type="timestamp[]"}])",
                                 "f.toml");
    const std::string whole = R"("2022-06-05T21:02:34Z")", finer = R"("2022-06-05T21:02:34.000000001Z")";
    const auto d = decode_text(feed, R"([{"k":1,"at":[)" + whole + "," + finer + R"(]},{"k":1,"at":[)" + finer + "," +
                                         whole + R"(]},{"k":1,"at":[)" + whole + "," + whole + "]}]");
    REQUIRE(d.hashes.size() == 3);
    CHECK(d.rows[0] == d.rows[1]);
    CHECK(d.hashes[0] != d.hashes[1]);
    CHECK(d.hashes[0] != d.hashes[2]);
    CHECK(d.hashes[1] != d.hashes[2]);
  }
  TEST_CASE("the least and greatest time of the rows are counted") {
    const auto d = decode_text(objects_detection(),
                               events(event("a", "2022-06-05T12:00:00Z") + "," + event("b", "2022-06-04T12:00:00Z") +
                                      "," + event("c", "2022-06-06T12:00:00Z")));
    CHECK(*d.counts.last_time - *d.counts.first_time == 2 * 86'400'000'000);
  }
}
