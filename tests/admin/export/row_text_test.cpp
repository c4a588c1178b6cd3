#include "admin/export/row_text.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace longshore;
using admin::RowFormat;
using admin::RowText;

namespace {

const std::vector<std::string> k_names = {"name", "n", "price", "ok", "tags", "more"};
const std::vector<ColumnType> k_types = {{Type::text, false},    {Type::integer, false}, {Type::numeric, false},
                                         {Type::boolean, false}, {Type::text, true},     {Type::jsonb, false}};

std::string line(RowFormat format, const std::vector<std::optional<std::string_view>>& row) {
  std::string out;
  RowText{format, k_names, k_types}.append(out, row);
  return out;
}

std::string field(std::string_view text) {
  std::string out;
  const std::vector<std::string> name = {"t"};
  const std::vector<ColumnType> type = {{Type::text, false}};
  const std::vector<std::optional<std::string_view>> row = {text};
  RowText{RowFormat::csv, name, type}.append(out, row);
  out.pop_back();
  return out;
}

std::string number(Type type, std::string_view text) {
  std::string out;
  const std::vector<std::string> name = {"n"};
  const std::vector<ColumnType> types = {{type, false}};
  const std::vector<std::optional<std::string_view>> row = {text};
  RowText{RowFormat::ndjson, name, types}.append(out, row);
  return out.substr(5, out.size() - 7);
}

}  // namespace

TEST_SUITE("rows of an export") {
  TEST_CASE("a field of CSV is quoted only if it must be, and the empty text is told from NULL") {
    CHECK(field("plain") == "plain");
    CHECK(field("") == "\"\"");
    CHECK(field("a,b") == "\"a,b\"");
    CHECK(field("say \"no\"") == "\"say \"\"no\"\"\"");
    CHECK(field("\"") == "\"\"\"\"");
    CHECK(field("two\nlines") == "\"two\nlines\"");
    CHECK(field("return\r") == "\"return\r\"");
    CHECK(field(" blank") == "\" blank\"");
    CHECK(field("ü€🚗\\t") == "ü€🚗\\t");
    CHECK(line(RowFormat::csv, {"", {}, "1.50", "true", R"(["a","b"])", R"({"k":1})"}) ==
          "\"\",,1.50,true,\"[\"\"a\"\",\"\"b\"\"]\",\"{\"\"k\"\":1}\"\n");
  }

  TEST_CASE("a line of NDJSON has JSON values for what is JSON, and strings for the rest") {
    CHECK(line(RowFormat::ndjson, {"a \"b\"\n\t\\ ü", "-7", "1.50", "false", R"(["a",null])", R"({"k":[1]})"}) ==
          "{\"name\":\"a \\\"b\\\"\\u000a\\u0009\\\\ ü\",\"n\":-7,\"price\":1.50,\"ok\":false,\"tags\":[\"a\",null],"
          "\"more\":{\"k\":[1]}}\n");
    CHECK(line(RowFormat::ndjson, {{}, {}, {}, {}, {}, {}}) ==
          R"({"name":null,"n":null,"price":null,"ok":null,"tags":null,"more":null})"
          "\n");
  }

  TEST_CASE("a number that JSON does not have is a string") {
    for (const char* valid : {"0", "-0", "12", "-1.5", "1e+20", "1.5e-300", "0.1E7"})
      CHECK(number(Type::real, valid) == valid);
    for (const char* other : {"nan", "inf", "-inf", "Infinity", "01", "1.", ".5", "1e", "-", "2026-01-01", "+1", "0x1"})
      CHECK(number(Type::real, other) == '"' + std::string{other} + '"');
    CHECK(number(Type::numeric, "NaN") == "\"NaN\"");
    CHECK(number(Type::boolean, "2") == "\"2\"");
    CHECK(number(Type::timestamp, "2026-01-01T00:00:00.000000Z") == "\"2026-01-01T00:00:00.000000Z\"");
  }

  TEST_CASE("CSV begins with a header, whose names are quoted like fields; NDJSON has none") {
    const std::vector<std::string> names = {"a", "b,c", "d\"e"};
    const std::vector<ColumnType> types(3);
    CHECK(RowText{RowFormat::csv, names, types}.header() == "a,\"b,c\",\"d\"\"e\"\n");
    CHECK(RowText{RowFormat::ndjson, names, types}.header().empty());
    std::string out;
    RowText{RowFormat::ndjson, names, types}.append(out, std::vector<std::optional<std::string_view>>(3));
    CHECK(out == "{\"a\":null,\"b,c\":null,\"d\\\"e\":null}\n");
  }
}
