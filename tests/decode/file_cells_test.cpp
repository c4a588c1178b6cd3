// Columns that take the file's name.
#include "decode/file_cells.hpp"

#include "decode/decoding.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

Feed feed_with(const std::string& columns) {
  return parse_feed(R"(
name = "named"
files = "n_*"
records = [""]
table = "named"
key = ["id"]
columns = [
  { name = "id", from = "/id", type = "bigint" },
)" + columns + "\n]",
                    "named.toml");
}

const Feed& named() {
  static const Feed feed = feed_with(R"({ name = "vehicle", from = "name", type = "text", max_length = 20 },
  { name = "place", from = "path", type = "text", max_length = 20 })");
  return feed;
}

}  // namespace

TEST_SUITE("columns from the file's name") {
  TEST_CASE("every record of a file gets the name as it landed, and one decoder reads files of several names") {
    const auto d = decode_text(named(), R"([{"id":1},{"id":2,"vehicle":"x"}])", {}, 0, "n_V1.json.gz");
    CHECK(d.rows == std::vector<std::string>{"1|n_V1.json.gz|n_V1.json.gz", "2|n_V1.json.gz|n_V1.json.gz"});
    CHECK(decode_text(named(), R"([{"id":1}])", {}, 0, "veh1/x/n_V1.json").rows ==
          std::vector<std::string>{"1|n_V1.json|veh1/x/n_V1.json"});
    CHECK(decode_text(named(), "{\"id\":1}\n{\"id\":2}\n", {}, 0, "n_é").rows[1] == "2|n_é|n_é");
  }

  TEST_CASE("a name that is no valid value fails the file, because every record would be rejected") {
    CHECK(decode_text(named(), R"([{"id":1}])", {}, 0, "n_\xff").fault ==
          "the file's name gives a column no valid value: vehicle is not UTF-8; the name: n_\\xff");
    CHECK(decode_text(named(), R"([{"id":1}])", {}, 0, "n_012345678901234567890").fault ==
          "the file's name gives a column no valid value: vehicle is longer than max_length: 23 > 20 bytes, "
          "\"n_012345678901234567890\"; the name: n_012345678901234567890");
  }

  TEST_CASE("a column of another type reads the name as a value of its type") {
    const Feed feed = feed_with(R"({ name = "number", from = "name", type = "integer" })");
    CHECK(decode_text(feed, R"([{"id":1}])", {}, 0, "0042").rows == std::vector<std::string>{"1|42"});
    CHECK(decode_text(feed, R"([{"id":1}])", {}, 0, "42.gz").fault ==
          "the file's name gives a column no valid value: number is not an integer: \"42.gz\"; the name: 42.gz");
    const Feed real = feed_with(R"({ name = "number", from = "name", type = "double" })");
    CHECK(decode_text(real, R"([{"id":1}])", {}, 0, "nan").fault.find("is not a number: \"nan\"") != std::string::npos);
  }

  TEST_CASE("a column takes a part of the name, and a name without that part fails the file") {
    const Feed feed = feed_with(R"({ name = "line", from = "name", type = "integer", match = '_L(\d+)_' },
  { name = "day", from = "name", type = "date", match = '(\d{8})\.json', format = "%Y%m%d" },
  { name = "site", from = "name", type = "text", match = '^n_L\d+_([a-z]+)?', default = "main" })");
    CHECK(decode_text(feed, R"([{"id":1}])", {}, 0, "n_L7_north_20260101.json.gz").rows ==
          std::vector<std::string>{"1|7|2026-01-01|north"});
    CHECK(decode_text(feed, R"([{"id":1}])", {}, 0, "n_L7_20260101.json").rows ==
          std::vector<std::string>{"1|7|2026-01-01|main"});
    CHECK(decode_text(feed, R"([{"id":1}])", {}, 0, "n_7_20260101.json").fault ==
          "the file's name gives a column no valid value: line does not match the column's pattern: "
          "\"n_7_20260101.json\"; the name: n_7_20260101.json");
    CHECK(decode::name_values(feed, "n_L7_20260101.json") == R"(["7","2026-01-01",null])");
  }

  TEST_CASE("the values of a name are one text for the ledger") {
    CHECK(decode::name_values(objects_detection(), "objects_detection_1.json") == "");
    CHECK(decode::name_values(named(), "n_\"1\".json") == R"(["n_\"1\".json","n_\"1\".json"])");
    CHECK(decode::name_values(named(), "n_\xff") == "[null,null]");
    const Feed feed = feed_with(R"({ name = "number", from = "name", type = "integer" })");
    CHECK(decode::name_values(feed, "007") == R"(["7"])");
  }
}
