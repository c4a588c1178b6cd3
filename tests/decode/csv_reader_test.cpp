// CSV documents become rows and rejects; what is not CSV fails the file.
#include "base/error.hpp"
#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string declaration(const std::string& options) {
  return R"(
name = "trips"
files = "trips_*.csv"
format = "csv"
table = "trips"
key = ["id"]
columns = [
  { name = "id",      from = "/id",               type = "bigint" },
  { name = "region",  from = ["/area", "/re~1~0"], type = "text", required = false, max_length = 8 },
  { name = "price",   from = "/price",            type = "double", required = false, min = 0 },
  { name = "seats",   from = "/seats",            type = "integer", required = false },
  { name = "shared",  from = "/shared",           type = "boolean", required = false },
  { name = "started", from = "/started",          type = "timestamp", required = false },
  { name = "day",     from = "/day",              type = "date", required = false },
  { name = "note",    from = "/note",             type = "jsonb", required = false },
]
)" + options;
}

Feed trips(const std::string& options = "") { return parse_feed(declaration(options), "trips.toml"); }

Feed numbered(const std::string& options = "") {
  return parse_feed(R"(
name = "numbered"
files = "numbered_*.csv"
format = "csv"
header = false
table = "numbered"
key = ["id"]
columns = [
  { name = "note", from = "/2", type = "text", required = false },
  { name = "id",   from = "/0", type = "integer" },
]
)" + options,
                    "numbered.toml");
}

using Rows = std::vector<std::string>;

Decoding decode_pieces(const Feed& feed, const std::string& document, decode::Limits limits = {}) {
  const Decoding whole = decode_text(feed, document, limits);
  for (std::size_t piece = 1; piece <= std::min<std::size_t>(document.size(), 70); ++piece) {
    const Decoding other = decode_text(feed, document, limits, piece);
    REQUIRE(other.rows == whole.rows);
    REQUIRE(other.hashes == whole.hashes);
    REQUIRE(other.fault == whole.fault);
    REQUIRE(other.fault_at == whole.fault_at);
    REQUIRE(other.counts.bytes == whole.counts.bytes);
    REQUIRE(other.rejects.size() == whole.rejects.size());
    for (std::size_t i = 0; i < whole.rejects.size(); ++i) {
      REQUIRE(other.rejects[i].text() == whole.rejects[i].text());
      REQUIRE(other.rejects[i].raw == whole.rejects[i].raw);
      REQUIRE(other.rejects[i].byte_offset == whole.rejects[i].byte_offset);
    }
  }
  return whole;
}

std::string reason_of(const std::string& row) {
  const Decoding d = decode_pieces(trips(), "id,area,price,seats,shared\n1,,,,\n" + row);
  CHECK(d.fault == "");
  CHECK(d.rows == Rows{R"(1|\N|\N|\N|\N|\N|\N|\N)"});
  return one_reason(d);
}

}  // namespace

TEST_SUITE("CSV") {
  TEST_CASE("a header names the fields, in any order, and fields that no column reads are ignored") {
    const Decoding d =
        decode_pieces(trips(), "seats,x,id,price,re/~,shared,started,day,note\n"
                               "4,?,7,12.5,north,true,2026-01-01T08:00:00Z,2026-01-02,5\n"
                               "-1,?,8,1e2,\"a,\"\"b\"\"\",false,2026-01-01T08:00:00+01:00,2026-01-02,\"q\"\"\n\"\n");
    CHECK(d.fault == "");
    CHECK(d.rejects.empty());
    CHECK(d.rows == Rows{R"(7|north|12.5|4|true|2026-01-01T08:00:00.000000Z|2026-01-02|"5")",
                         R"(8|a,"b"|100|-1|false|2026-01-01T07:00:00.000000Z|2026-01-02|"q\"\u000a")"});
    CHECK(d.counts.records == 2);
  }
  TEST_CASE("an unquoted empty field is null, a quoted one is the empty text") {
    const Decoding d = decode_pieces(trips(), "id,area,note\n1,,\n2,\"\",\"\"\n3,,\"\"\n");
    CHECK(d.rows == Rows{R"(1|\N|\N|\N|\N|\N|\N|\N)", R"(3|\N|\N|\N|\N|\N|\N|"")"});
    CHECK(one_reason(d) == "region: is empty (line 3, column 3)");
    CHECK(one_reason(decode_pieces(trips(), "id,area\n1,a\n,b\n")) == "id: is null (line 3, column 1)");
  }
  TEST_CASE("line ends are LF or CRLF, and blank lines do not count") {
    const Decoding d = decode_pieces(trips(), "\r\n\nid,area\r\n\r\n1,a\r\n\n2,\"b\r\n\"\r\n3,c\n\n");
    CHECK(d.fault == "");
    CHECK(d.rows == Rows{R"(1|a|\N|\N|\N|\N|\N|\N)", "2|b\r\n|\\N|\\N|\\N|\\N|\\N|\\N", R"(3|c|\N|\N|\N|\N|\N|\N)"});
  }
  TEST_CASE("a byte order mark is skipped") {
    CHECK(decode_pieces(trips(), "\xEF\xBB\xBFid,area\n1,a\n").rows.size() == 1);
    CHECK(decode_pieces(trips(), "\xEF\xBB\xBF\"id\",area\n1,a\n").rows.size() == 1);
  }
  TEST_CASE("without a header the fields are numbered") {
    CHECK(decode_pieces(numbered(), "1,x,a\n2,,\n").rows == Rows{"a|1", "\\N|2"});
    // the first record with all fields tells the number
    const Decoding d = decode_pieces(numbered(), "1,x\n2,x,b,\n3,x,c,\n4,x,d\n");
    CHECK(d.rows == Rows{"b|2", "c|3"});
    REQUIRE(d.rejects.size() == 2);
    CHECK(d.rejects[0].text() == "has the wrong number of fields: 2 instead of 3 (line 1, column 1)");
    CHECK(d.rejects[1].text() == "has the wrong number of fields: 3 instead of 4 (line 4, column 1)");
  }
  TEST_CASE("delimiter and quote are options") {
    CHECK(decode_pieces(trips("delimiter = \"\\t\"\n"), "id\tarea\n1\ta,b\n").rows[0].starts_with("1|a,b|"));
    CHECK(decode_pieces(trips("delimiter = \"|\"\nquote = \"'\"\n"), "id|area\n1|'it''s|'\n")
              .rows[0]
              .starts_with("1|it's||"));
    CHECK(decode_pieces(trips("delimiter = \";\"\nquote = \"\"\n"), "id;area\n1;5\" a\n2;\"b\n").rows ==
          Rows{R"(1|5" a|\N|\N|\N|\N|\N|\N)", R"(2|"b|\N|\N|\N|\N|\N|\N)"});
  }
  TEST_CASE("a wrong record is one reject, with line and column, and the records after it are loaded") {
    CHECK(reason_of("2,a,1,1\n") == ": has the wrong number of fields: 4 instead of 5 (line 3, column 1)");
    CHECK(reason_of("2,a,1,1,true,6\n") == ": has the wrong number of fields: 6 instead of 5 (line 3, column 1)");
    CHECK(reason_of("2,\"a\"b,1,1,true\n") == ": text after a closing quote (line 3, column 6)");
    CHECK(reason_of("2,a\"b,1,1,true\n") == ": a quote inside a field that does not begin with one (line 3, column 4)");
    CHECK(reason_of("2,a\rb,1,1,true\n") == ": a carriage return without a line feed (line 3, column 4)");
    CHECK(reason_of(std::string{"2,a\0b,1,1,true\n", 15}) == ": contains a NUL byte (line 3, column 4)");
    CHECK(reason_of("2,a\xFF,1,1,true\n") == ": contains invalid UTF-8 (line 3, column 4)");
    CHECK(reason_of("2,\"\n\n\xC3\",1,1,true\n") == ": contains invalid UTF-8 (line 5, column 1)");
    CHECK(reason_of("x,a,1,1,true\n") == "id: is not an integer: \"x\" (line 3, column 1)");
    CHECK(reason_of("2,123456789,1,1,true\n") ==
          "region: is longer than max_length: 9 > 8 bytes, \"123456789\" (line 3, column 3)");
    CHECK(reason_of("2,a,-1,1,true\n") == "price: is less than min: -1 < 0 (line 3, column 5)");
    CHECK(reason_of("2,\"a\n,\",cheap,1,true\n") == "price: is not a number: \"cheap\" (line 4, column 4)");
    CHECK(reason_of("2,a,1,1,maybe\n") == "shared: is not a boolean: \"maybe\" (line 3, column 9)");

    CHECK(all_reasons(decode_pieces(trips(), "id,seats,price\n1,2,3\n,x,-1\n")) ==
          "id: is null (line 3, column 1)\nseats: is not an integer: \"x\" (line 3, column 2)\n"
          "price: is less than min: -1 < 0 (line 3, column 4)\n");

    const Decoding d = decode_pieces(trips(), "id,area\n1,a\nx,\"y\"\n3,c\n");
    CHECK(d.rows.size() == 2);
    REQUIRE(d.rejects.size() == 1);
    CHECK(d.rejects[0].record_no == 2);
    CHECK(d.rejects[0].byte_offset == 12);
    CHECK(d.rejects[0].kind.code == "type");
    CHECK(d.rejects[0].raw == "x,\"y\"");
  }
  TEST_CASE("a last record without a line break is a reject, unless the feed allows it") {
    const std::string document = "id,area\n1,a\n2,b";
    const Decoding d = decode_pieces(trips(), document);
    CHECK(d.rows.size() == 1);
    CHECK(one_reason(d) == ": ends without a line break: the record may be incomplete (line 3, column 4)");
    CHECK(d.rejects[0].kind.code == "csv");
    CHECK(d.counts.ends_early);
    CHECK(d.counts.bytes == document.size());
    CHECK(decode_pieces(trips("final_newline = false\n"), document).counts.ends_early);
    CHECK(decode_pieces(trips("final_newline = false\n"), document).counts.bytes == document.size());
    CHECK_FALSE(decode_pieces(trips(), document + "\n").counts.ends_early);
    CHECK(decode_pieces(trips("final_newline = false\n"), document).rows.size() == 2);
    CHECK(decode_pieces(trips("final_newline = false\n"), "id,area\n1,\"a\"").rows.size() == 1);
    CHECK(decode_pieces(trips("final_newline = false\n"), "id,area\n1,a\r")
              .fault.starts_with("every record was rejected"));
    CHECK(decode_pieces(trips(), "id,area\n1,a\n\r\n").rejects.empty());
  }
  TEST_CASE("the fault of a last record without a line break is named, if it has another one") {
    CHECK(one_reason(decode_pieces(trips(), "id,area\n1,a\n2,\"b\"c")) ==
          ": text after a closing quote (line 3, column 6)");
    const Decoding d = decode_pieces(trips(), "id,area\r1,a\r2,b\r");
    CHECK(d.fault == "the header cannot be read: a carriage return without a line feed");
    CHECK(d.counts.ends_early);
  }
  TEST_CASE("a header with many fields does not change the records of the next document") {
    const Feed feed = trips();
    decode::Decoder decoder{feed, {}};
    std::string header = "id";
    std::string record = "1";
    for (int i = 0; i < 5000; ++i) {
      header += ",x" + std::to_string(i);
      record += ",";
    }
    CHECK(decode_with(decoder, feed, header + ",area\n" + record + ",a\n").rows[0].starts_with("1|a|"));
    CHECK(decode_with(decoder, feed, "id,area\n2,b\n").rows[0].starts_with("2|b|"));
    CHECK(decode_with(decoder, feed, header + ",area\n" + record + ",c\n").rows[0].starts_with("1|c|"));
  }
  TEST_CASE("a document with a header only is loaded with 0 records") {
    CHECK(decode_pieces(trips(), "id,area\n").fault == "");
    CHECK(decode_pieces(trips(), "id,area\n").counts.records == 0);
    CHECK(decode_pieces(trips("final_newline = false\n"), "id,area").fault == "");
    CHECK(decode_pieces(trips(), "id,area").fault == "ends inside the header");
  }
  TEST_CASE("a document without a header fails") {
    CHECK(decode_pieces(trips(), "").fault == "the document is empty");
    CHECK(decode_pieces(trips(), "\xEF\xBB\xBF").fault == "the document contains only white space");
    CHECK(decode_pieces(trips(), "\n\r\n\n").fault == "the document contains only blank lines");
    CHECK(decode_pieces(trips(), "a,\"b\"c\n1,2\n").fault == "the header cannot be read: text after a closing quote");
  }
  TEST_CASE("a header that lacks a required field fails the file and is shown") {
    CHECK(decode_pieces(trips(), "ID,area\n1,a\n").fault ==
          "the header lacks a required field: column \"id\" reads /id, the header is: ID, area");
  }
  TEST_CASE("a header that names a field twice fails the file if a column reads it") {
    CHECK(decode_pieces(trips(), "id,x,id\n1,a,2\n").fault ==
          "the header names a field twice: \"id\", which column \"id\" reads");
    CHECK(decode_pieces(trips(), "id,x,x\n1,a,2\n").rows.size() == 1);
    // the second pointer is not tried, because the first one names a field
    CHECK(decode_pieces(trips(), "id,re/~,area\n1,a,b\n").rows[0].starts_with("1|b|"));
  }
  TEST_CASE("a quote that never closes fails the file where it opens") {
    const Decoding d = decode_pieces(trips(), "id,area\n1,a\n2,\"b\n3,c\n");
    CHECK(d.fault == "a quoted field is not closed");
    CHECK(d.fault_at == Position{14, 3, 3});
  }
  TEST_CASE("a record over the limit fails the file") {
    decode::Limits limits;
    limits.record_bytes = 100;
    const std::string fits = "1," + std::string(97, ' ') + "\n";
    CHECK(decode_pieces(trips(), "id,x\n" + fits, limits).rows.size() == 1);
    const Decoding d = decode_pieces(trips(), "id,x\n1,a\n2," + fits, limits);
    CHECK(d.fault == "a record is longer than max_record_bytes: 100, or a quoted field is not closed");
    CHECK(d.fault_at == Position{9, 3, 1});
    CHECK(decode_pieces(trips(), "id,x\n1,\"" + fits + fits, limits).fault == d.fault);
  }
  TEST_CASE("records longer than a buffer are read whole") {
    std::string document = "id,x,note\n";
    Rows rows;
    for (int i = 0; i < 40; ++i) {
      const std::string note(static_cast<std::size_t>(i) * 7919, static_cast<char>('a' + i % 26));
      document += std::to_string(i) + ",\"" + note + "\n\"\"\"," + note + "\n";
      rows.push_back(std::to_string(i) + R"(|\N|\N|\N|\N|\N|\N|)" + (note.empty() ? "\\N" : "\"" + note + "\""));
    }
    for (const std::size_t piece : {0, 1000, 65536, 65537}) {
      const Decoding d = decode_text(trips(), document, {}, piece);
      CHECK(d.fault == "");
      CHECK(d.rejects.empty());
      CHECK(d.rows == rows);
    }
  }
  TEST_CASE("a decoder that failed on one document reads the next one from its start") {
    const Feed feed = trips();
    decode::Decoder decoder{feed, {}};
    CHECK(decode_with(decoder, feed, "id,area\n1,\"a\n").fault == "a quoted field is not closed");
    CHECK(decode_with(decoder, feed, "area,id\nb,2\n").rows == Rows{R"(2|b|\N|\N|\N|\N|\N|\N)"});
    CHECK(decode_with(decoder, feed, "id,seats\n3,4\n").rows == Rows{R"(3|\N|\N|4|\N|\N|\N|\N)"});
  }
}
