#include "feed/numeric.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace longshore;
using namespace longshore::test;
using store::Value;

namespace {

constexpr auto k_everything = R"~(
name    = "everything"
files   = ["everything_*.json"]
records = [""]
table   = "everything"
key     = ["id", "day", "ok", "share", "n"]
columns = [
  { name = "id",      from = "/id",      type = "bigint" },
  { name = "day",     from = "/day",     type = "date" },
  { name = "ok",      from = "/ok",      type = "boolean" },
  { name = "share",   from = "/share",   type = "double" },
  { name = "n",       from = "/n",       type = "integer" },
  { name = "words",   from = "/words",    type = "text", required = false },
  { name = "at",      from = "/at",      type = "timestamp", required = false },
  { name = "texts",   from = "/texts/*", type = "text[]", required = false },
  { name = "ns",      from = "/ns/*",    type = "integer[]", required = false },
  { name = "ids",     from = "/ids/*",   type = "bigint[]", required = false },
  { name = "shares",  from = "/shares/*", type = "double[]", required = false },
  { name = "oks",     from = "/oks/*",   type = "boolean[]", required = false },
  { name = "times",   from = "/times/*", type = "timestamp[]", required = false },
  { name = "days",    from = "/days/*",  type = "date[]", required = false },
  { name = "price",   from = "/price",   type = "numeric(12,2)", required = false },
  { name = "exact",   from = "/exact",   type = "numeric", required = false },
  { name = "prices",  from = "/prices/*", type = "numeric(12,2)[]", required = false },
  { name = "rest",    from = "*",        type = "jsonb", required = false },
]
)~";

template <class Int>
std::string cell(Int value) {
  std::string bytes;
  put_int(bytes, value);
  return bytes;
}

std::string cell(double value) {
  std::string bytes;
  put_double(bytes, value);
  return bytes;
}

std::string numeric_cell(const char* number) {
  std::string bytes;
  put_numeric(bytes, *parse_decimal(number), {.type = Type::numeric, .precision = 12, .scale = 2});
  return bytes;
}

}  // namespace

TEST_CASE_ON_EACH_STORE("every column type is read as it was written, the same on both engines") {
  const Registry registry = registry_of({parse_feed(k_everything, "everything.toml")});
  const auto session = open_migrated(target, registry);
  RowBatch batch{registry.feeds()[0]};
  RowMaker row{batch};
  row.bigint(std::numeric_limits<std::int64_t>::min())
      .date("0001-01-01")
      .boolean(true)
      .real(0.1)
      .integer(-2147483648)
      .text("tab\t \"quoted\" \\ {a,b} 'x' \xf0\x9f\x9a\x97 $1")
      .time("2022-06-05T21:02:34.546Z")
      .array(Type::text, {"a,b", "\"{}\"", "back\\slash", "NULL", ""})
      .array(Type::integer, {cell(std::int32_t{-1}), cell(std::int32_t{2147483647})})
      .array(Type::bigint, {cell(std::numeric_limits<std::int64_t>::max())})
      .array(Type::real, {cell(100000.0), cell(1e300), cell(-2.5)})
      .array(Type::boolean, {std::string(1, '\1'), std::string(1, '\0')})
      .array(Type::timestamp, {cell(std::int64_t{0})})
      .array(Type::date, {cell(std::int32_t{-1})})
      .numeric("12.5", {.type = Type::numeric, .precision = 12, .scale = 2})
      .numeric("-18446744073709551616.000000000000000001", {.type = Type::numeric})
      .array(Type::numeric, {numeric_cell("-0.5"), numeric_cell("9999999999.99"), numeric_cell("0")})
      .jsonb("{}")
      .to_file(0);
  row.bigint(1).date("9999-12-31").boolean(false).real(-0.0).integer(0);
  for (int i = 0; i < 13; ++i)
    row.null();
  row.to_file(0);
  batch.sort();
  store::LoadCounts counts;
  counts.loaded.resize(1);
  const std::vector<std::int64_t> file_ids{1};
  session->begin();
  session->load(batch, file_ids, counts);
  session->commit();

  const store::Rows found = session->exec(
      R"(select id, day, ok, share, n, words, at, texts, ns, ids, shares, oks, times, days, price, exact, prices, rest from everything order by id)");

  CHECK(found.columns[5] == "words");
  const auto n = [](std::int64_t number) { return Value{number}; };
  const Value null;
  REQUIRE(found.size() == 2);
  const std::vector<Value> full{n(std::numeric_limits<std::int64_t>::min()),
                                "0001-01-01",
                                n(1),
                                0.1,
                                n(-2147483648),
                                "tab\t \"quoted\" \\ {a,b} 'x' \xf0\x9f\x9a\x97 $1",
                                "2022-06-05T21:02:34.546000Z",
                                R"(["a,b","\"{}\"","back\\slash","NULL",""])",
                                "[-1,2147483647]",
                                "[9223372036854775807]",
                                "[1e+05,1e+300,-2.5]",
                                "[true,false]",
                                R"(["2000-01-01T00:00:00.000000Z"])",
                                R"(["1999-12-31"])",
                                "12.50",
                                "-18446744073709551616.000000000000000001",
                                "[-0.50,9999999999.99,0.00]",
                                "{}"};
  for (std::size_t i = 0; i < full.size(); ++i)
    CHECK_MESSAGE(found.rows[0][i] == full[i], found.columns[i] << ": " << store::as_text(found.rows[0][i]));
  CHECK(found.rows[1] == std::vector<Value>{n(1), "9999-12-31", n(0), 0.0, n(0), null, null, null, null, null, null,
                                            null, null, null, null, null, null, null});

  // the same rows again: the table finds the keys equal
  batch.sort();
  session->begin();
  session->load(batch, std::vector<std::int64_t>{2}, counts);
  session->commit();
  CHECK(counts.overlaps == std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t>{{{0, 1}, 2}});
}

TEST_CASE_ON_EACH_STORE("parameters and results of statements are the same on both engines") {
  const auto session = open_migrated(target, built_in());
  const std::string time = "2026-11-21T10:00:00.000001Z";

  const store::Rows inserted = session->exec(
      "insert into ingest_log (claim, file_name, status, size_bytes, started_at, error) values ($1, $2, 'failed', $3, $4, $5), "
      "($1, 'other', 'loaded', $3, null, null) returning file_id",
      {"c", "it's $1; \\", std::int64_t{7}, time, Value{}});
  CHECK(inserted.rows == std::vector<std::vector<Value>>{{std::int64_t{1}}, {std::int64_t{2}}});

  const store::Rows found = session->exec(
      "select file_name, size_bytes, started_at, error from ingest_log where file_id = $1", {std::int64_t{1}});
  CHECK(found.columns == std::vector<std::string>{"file_name", "size_bytes", "started_at", "error"});
  CHECK(found.rows == std::vector<std::vector<Value>>{{"it's $1; \\", std::int64_t{7}, time, Value{}}});
  CHECK(found.affected == 0);

  CHECK(session->exec("update ingest_log set attempt = attempt + 1 where claim = $1", {"c"}).affected == 2);
  CHECK(session->exec("update ingest_log set attempt = 9 where claim = $1", {"nobody"}).affected == 0);
  const store::Rows sums = session->exec("select sum(size_bytes), avg(attempt), count(*) from ingest_log");
  CHECK(sums.rows == std::vector<std::vector<Value>>{{std::int64_t{14}, 2.0, std::int64_t{2}}});
}

TEST_CASE("as_int and as_text convert each type of value") {
  CHECK(store::as_int(Value{}, -1) == -1);
  CHECK(store::as_int("12") == 12);
  CHECK(store::as_text(std::int64_t{-3}) == "-3");
  CHECK(store::as_text(2.5) == "2.5");
  CHECK(store::as_text(Value{}).empty());
}
