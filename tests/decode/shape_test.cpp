// A feed with every type, nested members, arrays of scalars, and the rest of a record.
#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

const Feed& shapes() {
  static const Feed feed = parse_feed(R"(
name = "shapes"
files = "shapes_*"
records = ["/a~1b/list", "/other"]
table = "shapes"
key = ["id"]
columns = [
  { name = "id",    from = "/id",                type = "bigint" },
  { name = "name",  from = ["/name", "/title"],  type = "text", max_length = 5 },
  { name = "real",  from = "/gps/lat",           type = "double", required = false, min = -90, max = 90 },
  { name = "flag",  from = "/flag",              type = "boolean", required = false },
  { name = "day",   from = "/day",               type = "date", required = false },
  { name = "tags",  from = "/tags/*",            type = "text[]", required = false },
  { name = "sizes", from = "/boxes/*/size/w",    type = "bigint[]", required = false },
  { name = "names", from = "/boxes/*/name",      type = "text[]", required = false },
  { name = "doc",   from = "/doc",               type = "jsonb", required = false },
  { name = "rest",  from = "*",                  type = "jsonb", required = false },
])",
                                      "shapes.toml");
  return feed;
}

std::string in_list(const std::string& records) {
  return R"({"meta":{"list":[{}]},"a/b":{"x":1,"list":[)" + records + "]}}";
}

std::string row(const std::string& record) {
  const auto d = decode_text(shapes(), in_list(R"({"id":0,"name":"good"},)" + record), {}, 7);
  CHECK(d.fault == "");
  if (!d.rejects.empty())
    return d.rejects[0].field + ": " + d.rejects[0].text().substr(0, d.rejects[0].text().find(" (line"));
  REQUIRE(d.rows.size() == 2);
  return d.rows[1];
}

}  // namespace

TEST_SUITE("elements of arrays by index") {
  const Feed& indexed() {
    static const Feed feed = parse_feed(R"(
name = "indexed"
files = "i"
records = ["/features", ""]
table = "indexed"
key = ["lon"]
columns = [
  { name = "lon",   from = "/geometry/coordinates/0",   type = "double" },
  { name = "lat",   from = "/geometry/coordinates/1",   type = "double", required = false },
  { name = "name",  from = ["/names/1/de", "/names/0"], type = "text", required = false },
  { name = "extra", from = "/extra/2",                  type = "jsonb", required = false },
  { name = "sizes", from = "/boxes/*/size/0",           type = "integer[]", required = false },
])",
                                        "indexed.toml");
    return feed;
  }
  std::string indexed_row(const std::string& record) {
    const auto d = decode_text(indexed(), R"({"features":[{"geometry":{"coordinates":[0]}},)" + record + "]}", {}, 5);
    CHECK(d.fault == "");
    return d.rejects.empty() ? d.rows.at(1) : one_reason(d).substr(0, one_reason(d).find(" (line"));
  }

  TEST_CASE("an index selects an element of an array, or a member of that name") {
    CHECK(indexed_row(R"({"geometry":{"type":"Point","coordinates":[8.5 , 47.3,400]}})") == R"(8.5|47.3|\N|\N|\N)");
    CHECK(indexed_row(R"({"geometry":{"coordinates":{"1":2,"0":1}}})") == R"(1|2|\N|\N|\N)");
    CHECK(indexed_row(R"({"geometry":{"coordinates":[1]},"names":["a"]})") == R"(1|\N|a|\N|\N)");
    CHECK(indexed_row(R"({"geometry":{"coordinates":[1]},"names":[{"de":"x"},{"de":"y"}]})") == R"(1|\N|y|\N|\N)");
    CHECK(indexed_row(R"({"geometry":{"coordinates":[1]},"names":[{"de":"x"}]})") == "name: is an object");
    CHECK(indexed_row(R"({"geometry":{"coordinates":[1]},"names":[null,{"en":"x","de":"y"}]})") == R"(1|\N|y|\N|\N)");
    CHECK(indexed_row(R"({"geometry":{"coordinates":[1]},"boxes":[{"size":[3,4]},{"size":[]},{"size":[5]}]})") ==
          R"(1|\N|\N|\N|[3,null,5])");
  }

  TEST_CASE("a jsonb column takes one element, whatever stands before it") {
    for (const char* element : {"7", "\"x\"", "null", "[1,[2]]", "{\"a\":1}", "true"})
      CHECK(
          indexed_row(R"({"geometry":{"coordinates":[1]},"extra":[ [9] , "a,:b" ,)" + std::string{element} + ", 8]}") ==
          R"(1|\N|\N|)" + (element == std::string{"null"} ? "\\N" : std::string{element}) + R"(|\N)");
  }

  TEST_CASE("a missing element, and a value that is not an array, are faults with field and place") {
    CHECK(indexed_row(R"({"geometry":{"coordinates":[]}})") == "lon: is missing: /geometry/coordinates/0");
    CHECK(indexed_row(R"({"geometry":{"coordinates":7}})") == "lon: is not an array");
    CHECK(indexed_row(R"({"geometry":{"coordinates":[[1,2]]}})") == "lon: is an array");
    CHECK(indexed_row(R"({"geometry":{"coordinates":["x"]}})") == "lon: is not a number: \"x\"");
    const auto d =
        decode_text(indexed(), "[{\"geometry\":{\"coordinates\":[1]}},{\"geometry\":{\"coordinates\":[1, \"x\"]}}]");
    REQUIRE(d.rejects.size() == 1);
    CHECK(d.rejects[0].field == "lat");
    CHECK(d.rejects[0].column == 66);
  }

  TEST_CASE("records may be arrays if columns read elements by index") {
    const Feed pairs = parse_feed(R"(
name = "pairs"
files = "p"
records = ""
table = "pairs"
key = ["a"]
columns = [
  { name = "a", from = "/0",   type = "bigint" },
  { name = "b", from = "/1/x", type = "text", required = false },
])",
                                  "pairs.toml");
    const auto d = decode_text(pairs, R"([[1,{"x":"y"}],[2],{"0":3},[],["x"],5])");
    CHECK(d.rows == std::vector<std::string>{"1|y", R"(2|\N)", R"(3|\N)"});
    CHECK(all_reasons(d) == "a: is missing: /0 (line 1, column 28)\n"
                            "a: is not an integer: \"x\" (line 1, column 32)\n"
                            ": the record is not an object (line 1, column 37)\n");
    CHECK(decode_text(objects_detection(), "[[1]]").fault ==
          "every record was rejected (1), the first: the record is not an object");
  }
}

TEST_SUITE("feeds of other shapes") {
  TEST_CASE("every type is read, also from nested members") {
    CHECK(
        row(R"({"id":-9223372036854775808,"name":"n","gps":{"lon":1,"lat":-89.5e0},"flag":true,"day":"2024-02-29","tags":["a","b"],)"
            R"("boxes":[{"name":"x","size":{"w":1,"h":2}},{"size":{"w":2},"name":"y"}],"doc":{"a" : [1, {"b":null}]}})") ==
        R"(-9223372036854775808|n|-89.5|true|2024-02-29|["a","b"]|[1,2]|["x","y"]|{"a":[1,{"b":null}]}|)"
        R"({"boxes":[{"name":"x","size":{"h":2,"w":1}},{"name":"y","size":{"w":2}}],"gps":{"lat":-89.5,"lon":1}})");
  }
  TEST_CASE("an optional value is NULL if it is missing or null") {
    CHECK(row(R"({"id":1,"name":"n"})") == R"(1|n|\N|\N|\N|\N|\N|\N|\N|\N)");
    CHECK(row(R"({"id":1,"name":"n","gps":null,"flag":null,"day":null,"tags":null,"boxes":null,"doc":null})") ==
          R"(1|n|\N|\N|\N|\N|\N|\N|\N|{"boxes":null,"gps":null})");
    CHECK(row(R"({"id":1,"name":"n","gps":{}})") == R"(1|n|\N|\N|\N|\N|\N|\N|\N|{"gps":{}})");
  }
  TEST_CASE("an empty array is not NULL, a missing member of an element is") {
    CHECK(row(R"({"id":1,"name":"n","tags":[],"boxes":[]})") == R"(1|n|\N|\N|\N|[]|[]|[]|\N|{"boxes":[]})");
    CHECK(
        row(R"({"id":1,"name":"n","tags":["a",null],"boxes":[{"name":"x"},{"size":{"w":5}},{"size":null,"name":null}]})") ==
        R"(1|n|\N|\N|\N|["a",null]|[null,5,null]|["x",null,null]|\N|{"boxes":[{"name":"x"},{"size":{"w":5}},{"name":null,"size":null}]})");
  }
  TEST_CASE("alternatives are tried in order") {
    CHECK(row(R"({"id":1,"title":"t"})").starts_with("1|t|"));
    CHECK(row(R"({"id":1,"title":"t","name":"n"})").starts_with("1|n|"));
    CHECK(row(R"({"id":1,"title":"t","name":5})") == "name: is not a string: 5");
    CHECK(row(R"({"id":1,"title":5,"name":"n"})").starts_with("1|n|"));
  }
  TEST_CASE("the rest contains all members that no column takes whole") {
    CHECK(row(R"({"x":[1, 2],"id":1,"name":"n","y":{"z":"\u00e9"},"q\"":1e2,"gps":{"lon":1}, "s" : "t" })") ==
          R"(1|n|\N|\N|\N|\N|\N|\N|\N|{"gps":{"lon":1},"q\"":100,"s":"t","x":[1,2],"y":{"z":"é"}})");
    CHECK(row(R"({"id":1,"name":"n","x":1,"x":2})") == R"(: duplicate member: "x")");
    CHECK(row(R"({"id":1,"name":"n","a\\b":1,"a\\b":2})") == R"(: duplicate member: "a\\b")");
    // the first of two in the document
    CHECK(row(R"({"id":1,"x":1,"x":2,"name":"n","id":2})") == R"(: duplicate member: "x")");
    CHECK(row(R"({"id":1,"name":"n","x":"\u0000"})") == "rest: contains U+0000, which a database cannot store");
    CHECK(row(R"({"id":1,"name":"n","x":{"\u0000":1}})") == "rest: contains U+0000, which a database cannot store");
  }
  TEST_CASE("the same record from another serializer is the same row, with jsonb columns too") {
    const auto d = decode_text(
        shapes(),
        in_list(R"({"id":1,"name":"n","doc":{"lat":1.5,"lon":2},"x":{"a":[1,2],"b":"é"}},)"
                R"({"x" : {"b":"\u00e9", "a":[ 1.0, 20e-1 ]}, "doc" : {"lon": 2.0, "lat": 1.50}, "name":"n","id":1},)"
                R"({"id":1,"name":"n","doc":{"lat":1.5,"lon":2},"x":{"a":[1,2],"b":"e"}})"));
    REQUIRE(d.hashes.size() == 3);
    CHECK(d.rows[0] == d.rows[1]);
    CHECK(d.hashes[0] == d.hashes[1]);
    CHECK(d.hashes[0] != d.hashes[2]);
  }
  TEST_CASE("each wrong value is rejected with its reason") {
    CHECK(row(R"({"id":"1","name":"n"})") == "id: is not an integer: \"1\"");
    CHECK(row(R"({"id":9223372036854775808,"name":"n"})") == "id: does not fit into bigint: 9223372036854775808");
    CHECK(row(R"({"id":1,"name":"123456"})") == "name: is longer than max_length: 6 > 5 bytes, \"123456\"");
    CHECK(row(R"({"id":1,"name":"n","gps":5})") == "real: is not an object");
    CHECK(row(R"({"id":1,"name":"n","gps":[]})") == "real: is an array");
    CHECK(row(R"({"id":1,"name":"n","gps":{"lat":90.5}})") == "real: is more than max: 90.5 > 90");
    CHECK(row(R"({"id":1,"name":"n","gps":{"lat":"x"}})") == "real: is not a number: \"x\"");
    CHECK(row(R"({"id":1,"name":"n","flag":1})") == "flag: is not a boolean: 1");
    CHECK(row(R"({"id":1,"name":"n","day":"2023-02-29"})") == "day: is not a calendar day: \"2023-02-29\"");
    CHECK(row(R"({"id":1,"name":"n","tags":"a"})") == "tags: is not an array");
    CHECK(row(R"({"id":1,"name":"n","tags":{}})") == "tags: is an object");
    CHECK(row(R"({"id":1,"name":"n","tags":[["a"]]})") == "tags: is an array");
    CHECK(row(R"({"id":1,"name":"n","boxes":[{"name":1}]})") == "names: is not a string: 1");
    CHECK(row(R"({"id":1,"name":"n","doc":"\udc00"})") == "doc: contains a lone surrogate");
    CHECK(row(R"({"id":1,"name":"n","doc":[1e-20000]})") == "doc: contains a number that does not fit into numeric");
    CHECK(row(R"({"id":NaN,"name":"n"})") == "id: is not an integer: NaN");
    CHECK(row(R"({"id":1,"name":"n","gps":{"lat":Infinity}})") == "real: is not a number: Infinity");
    CHECK(row(R"({"id":1,"name":"n","flag":-Infinity})") == "flag: is not a boolean: -Infinity");
    CHECK(row(R"({"id":1,"name":"n","doc":[NaN]})") == "doc: contains NaN or Infinity, which JSON cannot store");
    CHECK(row(R"({"id":1,"name":"n","doc":NaN})") == "doc: contains NaN or Infinity, which JSON cannot store");
    CHECK(row(R"({"id":1,"name":"n","x":NaN})") == "rest: contains NaN or Infinity, which JSON cannot store");
    CHECK(row(R"({"id":1,"name":"n","doc":0.5})").ends_with("|0.5|\\N"));
  }
  TEST_CASE("a second envelope under another pointer fails the file, as the choice would depend on the order") {
    CHECK(decode_text(shapes(), R"({"other":[],"a/b":{"list":[]}})").fault == "a second array of records");
    CHECK(decode_text(shapes(), R"({"other":[{"id":1,"name":"n"}]})").rows.size() == 1);
    CHECK(decode_text(shapes(), R"([{"id":1,"name":"n"}])").fault.starts_with("no envelope"));
    CHECK(decode_text(shapes(), R"({"id":1,"name":"n"})").fault ==
          "no envelope: expected an array at /a~1b/list or /other");
  }
}

namespace {

const Feed& readings() {
  static const Feed feed = parse_feed(R"(
name = "readings"
files = "readings_*"
records = ["/readings", "/fleet/*/readings", ""]
table = "readings"
key = ["device", "v"]
columns = [
  { name = "device", from = ["2/deviceId", "/device"], type = "text", max_length = 20 },
  { name = "v",      from = "/v",                       type = "bigint" },
  { name = "lat",    from = "2/gps/lat",                type = "double", required = false, min = -90, max = 90 },
  { name = "site",   from = "4/site",                   type = "integer", required = false },
])",
                                      "readings.toml");
  return feed;
}

std::vector<std::string> rows_of(const std::string& document) {
  const auto whole = decode_text(readings(), document);
  CHECK(whole.fault == "");
  CHECK(whole.rejects.empty());
  for (const std::size_t piece : {1, 7, 100})
    CHECK(decode_text(readings(), document, {}, piece).rows == whole.rows);
  return whole.rows;
}

}  // namespace

TEST_SUITE("values around the records") {
  using Rows = std::vector<std::string>;

  TEST_CASE("members before and after the array are read") {
    CHECK(rows_of(R"({"deviceId":"d","readings":[{"v":1},{"v":2}],"gps":{"x":{},"lat":1.5}})") ==
          Rows{R"(d|1|1.5|\N)", R"(d|2|1.5|\N)"});
    CHECK(rows_of(R"({"readings":[{"v":1},{"v":2}],"deviceId":"d\u00e9\"","gps":null})") ==
          Rows{"d\u00e9\"|1|\\N|\\N", "d\u00e9\"|2|\\N|\\N"});
  }
  TEST_CASE("each element of a list of parents gives its records its own values") {
    CHECK(
        rows_of(R"({"fleet":[{"readings":[{"v":1},{"v":2}],"deviceId":"a"},{"deviceId":"x"},)"
                R"({"deviceId":"b","readings":[{"v":3}],"gps":{"lat":2}},{"readings":[],"deviceId":"c"}],"site":7})") ==
        Rows{R"(a|1|\N|7)", R"(a|2|\N|7)", R"(b|3|2|7)"});
    CHECK(rows_of(R"({"fleet":[]})").empty());
  }
  TEST_CASE("each of several documents has its own values") {
    CHECK(rows_of(R"({"deviceId":"a","readings":[{"v":1}]} {"readings":[{"v":2}],"deviceId":"b"})"
                  "\n"
                  R"({"device":"c","v":3})"
                  "\n"
                  R"([{"device":"d","v":4}])") == Rows{R"(a|1|\N|\N)", R"(b|2|\N|\N)", R"(c|3|\N|\N)", R"(d|4|\N|\N)"});
  }
  TEST_CASE("the first pointer that leads to a value fills the column") {
    CHECK(rows_of(R"({"readings":[{"v":1,"device":"own"}]})") == Rows{R"(own|1|\N|\N)"});
    CHECK(rows_of(R"({"deviceId":"d","readings":[{"v":1,"device":"own"}]})") == Rows{R"(d|1|\N|\N)"});
  }
  TEST_CASE("a bad or missing value rejects each record that takes it, at the record's place") {
    const auto reason = [](const std::string& around) {
      return one_reason(decode_text(readings(), "{" + around + R"("readings":[{"v":1}]})"));
    };
    CHECK(reason(R"("deviceId":5,)") == "device: is not a string: 5 (line 1, column 27)");
    CHECK(reason(R"("deviceId":{"deviceId":"x"},)").starts_with("device: is an object (line 1"));
    CHECK(reason(R"("deviceId":["x"],)").starts_with("device: is an array (line 1"));
    CHECK(reason(R"("deviceId":null,)").starts_with("device: is null (line 1"));
    CHECK(reason(R"("deviceId":"a","deviceId":"b",)").starts_with("device: duplicate member (line 1"));
    CHECK(reason(R"("deviceId":"a","gps":{"lat":91},)").starts_with("lat: is more than max: 91 > 90 (line 1"));
    CHECK(reason(R"("deviceId":"a","gps":{"lat":NaN},)").starts_with("lat: is not a number: NaN (line 1"));
    CHECK(reason("").starts_with("device: is missing: 2/deviceId or /device (line 1"));
  }
  TEST_CASE("a fault of the document behind the records is reported at its place") {
    const auto d = decode_text(readings(), R"({"deviceId":"d","readings":[{"v":1}],})");
    CHECK(d.fault == "expected a member name in quotes: found '}'");
    CHECK(d.fault_at.offset == 37);
  }
  TEST_CASE("values that take more than max_record_bytes fail the file") {
    decode::Limits limits;
    limits.record_bytes = 10'000;
    std::string fleet;
    for (int i = 0; i < 1000; ++i)
      fleet += (i > 0 ? "," : "") + std::string{R"({"deviceId":"d","readings":[]})"};
    const auto d = decode_text(readings(), R"({"fleet":[)" + fleet + "]}", limits);
    CHECK(d.fault == "the values around the records of one document take more than max_record_bytes: 10000");
    CHECK(d.hint == "raise max_record_bytes if the file is genuine");
  }
  TEST_CASE("two arrays of records in one parent, or at two places, fail the file") {
    const std::string second = "a second array of records";
    CHECK(decode_text(readings(), R"({"fleet":[{"readings":[],"readings":[]}]})").fault == second);
    CHECK(decode_text(readings(), R"({"fleet":[],"fleet":[]})").fault == second);
    CHECK(decode_text(readings(), R"({"readings":[],"fleet":[]})").fault == second);
    CHECK(decode_text(readings(), R"({"fleet":[{"readings":[]}],"readings":[]})").fault == second);
    CHECK(decode_text(readings(), R"({"fleet":[{"readings":{}}]})").fault.starts_with("not an array of records"));
    CHECK(decode_text(readings(), R"({"fleet":{}})").fault.starts_with("no envelope"));
  }
}
