#include "feed/record_hash.hpp"

#include "base/time.hpp"
#include "feed/numeric.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

std::int64_t hash_of(const RowBatch& batch, std::size_t row = 0) {
  std::vector<RowBatch::Cell> cells;
  batch.cells(batch.rows()[row], cells);
  return get_int<std::int64_t>(cells.back().bytes.data());
}

// A feed with the key "k" and the column "v" of a type.
Feed feed_with(const std::string& type) {
  const std::string from = type.ends_with("[]") ? "/v/*" : "/v";
  return parse_feed(R"(name="f"
files="f"
records=""
table="f"
key=["k"]
columns=[{name="k",from="/k",type="integer"},{name="v",from=")" +
                        from + R"(",type=")" + type + R"(",required=false}])",
                    "f.toml");
}

std::int64_t hash_of(const std::string& type, const RowBatch::Cell& value) {
  std::string k;
  put_int(k, std::int32_t{1});
  Bytes scratch;
  return record_hash(feed_with(type), std::vector<RowBatch::Cell>{{false, k}, value}, scratch);
}

std::int64_t hash_of(const std::string& type, const std::string& bytes) { return hash_of(type, {false, bytes}); }

template <class Int>
std::string cell(Int value) {
  std::string bytes;
  put_int(bytes, value);
  return bytes;
}

std::string array_of(Type type, const std::vector<std::string>& elements) {
  std::string bytes;
  for (const std::int32_t head : {1, 0, type_oid(type), static_cast<std::int32_t>(elements.size()), 1})
    put_int(bytes, head);
  for (const std::string& element : elements) {
    put_int(bytes, element.empty() ? std::int32_t{-1} : static_cast<std::int32_t>(element.size()));
    bytes += element;
  }
  return bytes;
}

}  // namespace

TEST_SUITE("record_hash") {
  TEST_CASE("it never changes: another value would load every record a second time") {
    const Registry registry = built_in();
    RowBatch events{*registry.find("objects_detection")};
    add_detection(events, 0, "ebab5f787798416fb2b8afc1340d7a4e", "2022-06-05T21:02:34.546Z",
                  {{"pedestrians", 3}, {"cars", 2}});
    add_detection(events, 0, "v", "1999-12-31T23:59:59.999999Z", {});
    CHECK(hash_of(events, 0) == 7649069333718253950);
    CHECK(hash_of(events, 1) == -8030842176542624410);
    RowBatch statuses{*registry.find("vehicles_status")};
    add_status(statuses, 0, "qbae3f787798416fb2b8afc1340ddf19", "2022-05-09T00:02:34.546Z", "parking");
    CHECK(hash_of(statuses) == 1445568902249278498);
  }

  TEST_CASE("it does not depend on the order of declaration or on null columns") {
    const char* const text = R"(name="f"
files="f"
records=""
table="f"
key=["a"]
columns=[{name="a",from="/a",type="integer"},{name="b",from="/b",type="text",required=false}])";
    const Feed two = parse_feed(text, "two");
    const Feed reordered = parse_feed(R"(name="f"
files="f"
records=""
table="f"
key=["a"]
columns=[{name="b",from="/b",type="text",required=false},{name="c",from="/c",type="text",required=false},{name="a",from="/a",type="integer"}])",
                                      "reordered");
    RowBatch one{two};
    RowMaker{one}.integer(7).null().to_file(0);
    RowMaker{one}.integer(7).text("x").to_file(0);
    RowBatch other{reordered};
    RowMaker{other}.null().null().integer(7).to_file(0);
    RowMaker{other}.text("x").null().integer(7).to_file(0);
    CHECK(hash_of(one, 0) == hash_of(other, 0));
    CHECK(hash_of(one, 1) == hash_of(other, 1));
    CHECK(hash_of(one, 0) != hash_of(one, 1));
  }

  TEST_CASE("a column that is widened keeps the hashes of its rows") {
    for (const std::int32_t n : {0, 1, -1, 2147483647, -2147483647 - 1})
      CHECK(hash_of("integer", cell(n)) == hash_of("bigint", cell(std::int64_t{n})));
    const auto numeric = [](const char* number, ColumnType type) {
      std::string bytes;
      put_numeric(bytes, *parse_decimal(number), type);
      return bytes;
    };
    const ColumnType plain{.type = Type::numeric}, money{.type = Type::numeric, .precision = 12, .scale = 2};
    CHECK(hash_of("numeric", numeric("-70000", plain)) == hash_of("integer", cell(std::int32_t{-70000})));
    CHECK(hash_of("numeric(12,2)", numeric("7", money)) == hash_of("bigint", cell(std::int64_t{7})));
    CHECK(hash_of("numeric(12,2)", numeric("0.5", money)) == hash_of("numeric", numeric("0.5", plain)));
    CHECK(hash_of("numeric", numeric("0.5", plain)) != hash_of("numeric", numeric("5", plain)));
    CHECK(hash_of("numeric", numeric("0.5", plain)) != hash_of("numeric", numeric("-0.5", plain)));
    for (const char* day : {"2000-01-01", "1969-12-31", "0001-01-01", "9999-12-31"})
      CHECK(hash_of("date", cell(*parse_date(day).days)) ==
            hash_of("timestamp", cell(*parse_time(std::string{day} + "T00:00:00Z").micros)));
  }

  TEST_CASE("the elements of an array are widened like single values, and their order and nulls count") {
    const std::string two = cell(std::int32_t{2}), three = cell(std::int32_t{3});
    const std::string ints = array_of(Type::integer, {two, "", three});
    CHECK(hash_of("integer[]", ints) ==
          hash_of("bigint[]", array_of(Type::bigint, {cell(std::int64_t{2}), "", cell(std::int64_t{3})})));
    CHECK(hash_of("integer[]", ints) != hash_of("integer[]", array_of(Type::integer, {"", two, three})));
    CHECK(hash_of("integer[]", ints) != hash_of("integer[]", array_of(Type::integer, {two, three})));
    const std::string empty = std::string(12, '\0');
    CHECK(hash_of("integer[]", empty) == hash_of("text[]", empty));
    CHECK(hash_of("integer[]", empty) != hash_of("integer[]", RowBatch::Cell{}));
    CHECK(hash_of("text[]", array_of(Type::text, {"a", "b"})) != hash_of("text[]", array_of(Type::text, {"b", "a"})));
  }

  TEST_CASE("digits beyond the microsecond and default values") {
    const std::string time = cell(std::int64_t{1});
    const std::string nanos = cell(std::int16_t{800});
    CHECK(hash_of("timestamp", {false, time, nanos}) != hash_of("timestamp", time));
    CHECK(hash_of("timestamp", {false, time, {}, true}) == hash_of("timestamp", RowBatch::Cell{}));
  }
}
