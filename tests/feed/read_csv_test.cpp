// Declarations of CSV feeds, and the message for each wrong one.
#include "base/error.hpp"
#include "feed/feed.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;

namespace {

std::string declaration(const std::string& options, const std::string& column) {
  return "name = \"a\"\nfiles = \"a_*\"\ntable = \"a\"\nkey = [\"id\"]\n" + options + "\ncolumns = [\n" + column +
         "\n  { name = \"id\", from = \"/0\", type = \"text\" },\n]\n";
}

std::string fault_of(const std::string& options, const std::string& column = "") {
  try {
    parse_feed(declaration(options, column), "a.toml");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::config);
    return std::string{error.what()} + " | " + error.hint();
  }
  return "no fault";
}

}  // namespace

TEST_SUITE("feed/read_csv") {
  TEST_CASE("a CSV feed has the form of RFC 4180 unless options say otherwise") {
    const Feed feed = parse_feed(declaration("format = \"csv\"", ""), "a.toml");
    REQUIRE(feed.csv);
    CHECK(feed.csv->delimiter == ',');
    CHECK(feed.csv->quote == '"');
    CHECK(feed.csv->header);
    CHECK(feed.csv->final_newline);
    CHECK(feed.records.empty());

    const Feed other = parse_feed(
        declaration("format = \"csv\"\ndelimiter = \"\\t\"\nquote = \"\"\nheader = false\nfinal_newline = false", ""),
        "a.toml");
    CHECK(other.csv->delimiter == '\t');
    CHECK(!other.csv->quote);
    CHECK(!other.csv->header);
    CHECK(!other.csv->final_newline);

    CHECK(!parse_feed(declaration("format = \"json\"\nrecords = \"\"", ""), "a.toml").csv);
  }
  TEST_CASE("a wrong option is refused with file, line and remedy") {
    CHECK(fault_of("format = \"xml\"") == "a.toml:5: unknown format \"xml\" | \"json\" (the default) or \"csv\"");
    CHECK(fault_of("format = \"csv\"\nrecords = \"\"") ==
          "a.toml:6: records does not apply to CSV files | remove it: each row is a record");
    CHECK(fault_of("records = \"\"\nquote = \"'\"") == "a.toml:6: quote is an option of CSV files | format = \"csv\"");
    CHECK(fault_of("format = \"csv\"\ndelimiter = \",,\"") ==
          R"(a.toml:6: delimiter ",," is not one ASCII character | for example "," ";" "|" or "\t")");
    CHECK(
        fault_of("format = \"csv\"\nquote = \"\\n\"") ==
        R"(a.toml:6: quote "\x0a" is not one ASCII character | for example '"' or "'"; "" if fields are never quoted)");
    CHECK(fault_of("format = \"csv\"\nquote = \",\"").find("delimiter and quote are the same character | choose two") !=
          std::string::npos);
    CHECK(fault_of("format = \"csv\"\nheader = 1") ==
          "a.toml:6: header is neither true nor false | true is the default");
    CHECK(fault_of("") == "a.toml:1: \"records\" is missing | a feed has name, files, records, table, key and columns");
  }
  TEST_CASE("a column that CSV cannot fill is refused with file, line and remedy") {
    CHECK(fault_of("format = \"csv\"", R"({ name = "tags", from = "/tags/*", type = "text[]" },)") ==
          "a.toml:7: column \"tags\" is an array, which CSV does not have | type = \"text\", or \"text\"");
    CHECK(fault_of("format = \"csv\"", R"({ name = "rest", from = "*", type = "jsonb" },)") ==
          "a.toml:7: column \"rest\" takes the rest of a record, which CSV does not have | "
          "declare a column for each field that you need");
    CHECK(fault_of("format = \"csv\"", R"({ name = "lat", from = "/gps/lat", type = "double" },)") ==
          "a.toml:7: column \"lat\" has from \"/gps/lat\", but a CSV record has no nested values | "
          "name one field: \"/region\"; a slash in its name is written ~1");
    CHECK(
        fault_of("format = \"csv\"\nheader = false", R"({ name = "lat", from = ["/1", "/2"], type = "double" },)") ==
        "a.toml:8: column \"lat\" has several pointers, but the files have no header | name one field: from = \"/1\"");
    for (const char* wrong : {"/lat", "/01", "/-1", "/123456"})
      CHECK(fault_of("format = \"csv\"\nheader = false",
                     std::string{"{ name = \"lat\", from = \""} + wrong + "\", type = \"double\" },") ==
            std::string{"a.toml:8: column \"lat\" has from \""} + wrong +
                "\", but the files have no header | number the fields: \"/0\" is the first one");
  }
}
