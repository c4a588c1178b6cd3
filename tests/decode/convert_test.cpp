// Values of single columns, through the decoder.
#include "decode/convert.hpp"

#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

// A feed with the key "k" and the column "v", whose declaration ends with `options`.
Feed feed_with(const std::string& options) {
  return parse_feed(R"(name="f"
files="f"
records=""
table="f"
key=["k"]
columns=[{name="k",from="/k",type="integer"},{name="v",required=false,)" +
                        options + "}]",
                    "f.toml");
}

// What becomes of a value: the cell as text, or "code: reason". A good record stands in front, because a file with only
// rejects fails.
std::string read(const std::string& options, const std::string& json) {
  const auto d = decode_text(feed_with(options), R"([{"k":0},{"k":1,"v":)" + json + "}]");
  if (!d.fault.empty())
    return "fault: " + d.fault;
  if (d.rejects.empty())
    return d.rows[1].substr(2);
  const std::string& reason = d.rejects[0].reason;
  return d.rejects[0].code + ": " + reason.substr(0, reason.find(" (line"));
}

}  // namespace

TEST_SUITE("values: numeric") {
  const std::string k_money = R"(from="/v",type="numeric(12,2)",min=-1000,max="9000000000.01")";

  TEST_CASE("a number is stored exactly, or rejected") {
    CHECK(read(k_money, "12.5") == "12.50");
    CHECK(read(k_money, "1e3") == "1000.00");
    CHECK(read(k_money, "9000000000.01") == "9000000000.01");
    CHECK(read(k_money, "0.100") == "0.10");
    CHECK(read(k_money, "12.345") == "range: has too many decimals: 12.345");
    CHECK(read(k_money, "99999999999") == "range: has too many digits before the decimal point: 99999999999");
    CHECK(read(k_money, "9000000000.02") == "range: is more than max: 9000000000.02 > 9000000000.01");
    CHECK(read(k_money, "-1000.01") == "range: is less than min: -1000.01 < -1000.00");
    CHECK(read(k_money, "\"12.5\"") == "type: is not a number: \"12.5\"");
    CHECK(read(R"(from="/v",type="numeric")", "0.1000000000000000055511151231257827") ==
          "0.1000000000000000055511151231257827");
  }
  TEST_CASE("an array has exact elements") {
    CHECK(read(R"(from="/v/*",type="numeric(6,3)[]")", "[1,2.5,null,-0.001]") == "[1.000,2.500,null,-0.001]");
  }
  TEST_CASE("limits of a bigint are exact") {
    const std::string options = R"(from="/v",type="bigint",max=9007199254740992)";
    CHECK(read(options, "9007199254740992") == "9007199254740992");
    CHECK(read(options, "9007199254740993") == "range: is more than max: 9007199254740993 > 9007199254740992");
  }
}
