// Members that no column reads.
#include "decode/unread_members.hpp"

#include "base/time.hpp"
#include "decode/decoding.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

const Feed& nested() {
  static const Feed feed = parse_feed(R"(
name = "nested"
files = "n"
records = ["/r", ""]
table = "nested"
key = ["id"]
columns = [
  { name = "id",    from = "/id",       type = "bigint" },
  { name = "lat",   from = "/gps/lat",  type = "double", required = false },
  { name = "names", from = "/l/*/name", type = "text[]", required = false },
  { name = "doc",   from = "/doc",      type = "jsonb", required = false },
])",
                                      "nested.toml");
  return feed;
}

std::string unread(const Decoding& decoding) {
  std::string text;
  for (const decode::UnreadMember& member : decoding.counts.unread)
    text += member.path + " " + std::string{member.type} + " " + std::to_string(member.records) + "\n";
  return text;
}

}  // namespace

TEST_SUITE("members that no column reads") {
  TEST_CASE("each is counted once a record, with a type that reads all of its values") {
    const auto d = decode_text(
        nested(),
        R"({"r":[{"id":1,"a/b":null,"speed":5},)"
        R"({"speed":6.5,"id":2,"a/b":"x","gps":{"lat":1,"lon":2.5},"l":[{"name":"n","n":true},{"n":false,"name":"m"}]},)"
        R"({"id":3,"at":"2026-01-01T00:00:00Z","day":"2026-01-01","none":null,"o":{"p":1},"q":[{"r":1}]}],"x":1})");
    CHECK(d.rows.size() == 3);
    CHECK(unread(d) == "/a~1b text 2\n"
                       "/speed double 2\n"
                       "/gps/lon double 1\n"
                       "/l/*/n boolean 1\n"
                       "/at timestamp 1\n"
                       "/day date 1\n"
                       "/none null 1\n"
                       "/o jsonb 1\n"
                       "/q jsonb 1\n");
  }

  TEST_CASE("values of different types have the type that reads all of them, else jsonb") {
    CHECK(
        unread(decode_text(
            nested(), R"({"r":[)"
                      R"({"id":1,"a":null,"b":"2026-01-01","c":1,"d":true,"e":[1],"f":"2026-01-01T00:00:00Z"},)"
                      R"({"id":2,"a":1,"b":"x","c":"1","d":null,"e":1,"f":"2026-01-02"},)"
                      R"({"id":3,"a":null,"b":"2026-01-01","c":2,"d":false,"e":null,"f":"2026-01-01T00:00:00Z"}]})")) ==
        "/a bigint 3\n/b text 3\n/c jsonb 3\n/d boolean 3\n/e jsonb 3\n/f text 3\n");
  }

  TEST_CASE("a jsonb value is read whole, a rejected record does not count, an envelope is not a record") {
    CHECK(unread(decode_text(nested(), R"({"meta":1,"r":[{"id":1,"doc":{"x":1}},{"id":"bad","y":1}]})")) == "");
    CHECK(unread(decode_text(nested(), "{\"id\":1,\"x\":1}\n{\"id\":2,\"x\":1}\n{\"id\":3,\"x\":\n")) ==
          "/x bigint 2\n");
  }

  TEST_CASE("NaN is a double") { CHECK(unread(decode_text(nested(), R"([{"id":1,"x":NaN}])")) == "/x double 1\n"); }

  TEST_CASE("a record that is dated too far in the future does not count") {
    const Feed feed = parse_feed(R"(
name = "dated"
files = "d"
records = ""
table = "dated"
key = ["id"]
columns = [ { name = "id", from = "/id", type = "bigint" },
            { name = "at", from = "/at", type = "timestamp", max_future = "1h" } ])",
                                 "dated.toml");
    const auto d = decode_text(
        feed, R"([{"id":1,"at":"1999-01-01T00:00:00Z","x":1},{"id":2,"at":"2000-01-01T02:00:00Z","x":1,"y":1}])", {}, 0,
        "d", *parse_time("2000-01-01T00:00:00Z").micros);
    CHECK(d.counts.ahead == 1);
    CHECK(unread(d) == "/x bigint 1\n");
  }

  TEST_CASE("with a column for the rest of a record nothing is unread") {
    const Feed feed = parse_feed(R"(
name = "rest"
files = "r"
records = ""
table = "rest"
key = ["id"]
columns = [ { name = "id", from = "/id", type = "bigint" }, { name = "rest", from = "*", type = "jsonb" },
            { name = "lat", from = "/gps/lat", type = "double", required = false } ])",
                                 "rest.toml");
    CHECK(unread(decode_text(feed, R"([{"id":1,"x":1,"gps":{"lon":1}}])")) == "");
  }

  TEST_CASE("at most 1000 members are counted, whatever a file contains, and the next file is counted again") {
    std::string members;
    for (int i = 0; i < 3000; ++i)
      members += ",\"m" + std::to_string(i) + "\":1";
    decode::Decoder decoder{nested(), {}};
    const auto d = decode_with(decoder, nested(), "[{\"id\":1" + members + "}]");
    CHECK(d.rows.size() == 1);
    CHECK(d.counts.unread.size() == decode::k_most_unread);
    CHECK(unread(decode_with(decoder, nested(), R"([{"id":1,"new":1,"m2":"x"}])")) == "/new bigint 1\n/m2 text 1\n");
    const auto long_name = decode_text(nested(), "[{\"id\":1,\"" + std::string(257, 'x') + "\":1}]");
    CHECK(unread(long_name) == "");
  }

  TEST_CASE("a decoder counts each of its documents by itself") {
    decode::UnreadMembers members;
    const decode::Plan plan{nested()};
    for (int document = 0; document < 2; ++document) {
      members.begin_document();
      members.begin_record();
      members.member(plan.root(), "x");
      members.end_record();
      const auto counted = members.of_document();
      REQUIRE(counted.size() == 1);
      CHECK(counted[0].records == 1);
    }
    members.begin_document();
    CHECK(members.of_document().empty());
  }

  TEST_CASE("a declaration reads a pointer if a column takes it, a part of it, or what contains it") {
    const decode::Plan plan{nested()};
    for (const char* pointer : {"/id", "/gps", "/gps/lat", "/l/*/name", "/doc/x"})
      CHECK_MESSAGE(plan.reads(pointer), pointer);
    for (const char* pointer : {"/x", "/gps/lon", "/l/*/n", "/l/x"})
      CHECK_MESSAGE(!plan.reads(pointer), pointer);
  }
}
