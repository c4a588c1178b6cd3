#include "feed/row_batch.hpp"

#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("rows") {
  TEST_CASE("rows are sorted by the bytes of text, then by time, negative first; equal rows keep their order") {
    const Registry registry = built_in();
    RowBatch batch{*registry.find("vehicles_status")};
    add_status(batch, 0, "b", "2022-01-01T00:00:00Z", "x");
    add_status(batch, 1, "a", "2022-01-01T00:00:00Z", "x");
    add_status(batch, 2, "a", "1980-01-01T00:00:00Z", "x");
    add_status(batch, 3, "ab", "1980-01-01T00:00:00Z", "x");
    add_status(batch, 4, "\xC3\xA9", "1980-01-01T00:00:00Z", "x");
    add_status(batch, 5, "a", "2022-01-01T00:00:00Z", "x");
    batch.sort();
    std::string order;
    for (const RowBatch::Row& row : batch.rows())
      order += std::to_string(row.file);
    CHECK(order == "215304");
    CHECK(batch.same(batch.rows()[1], batch.rows()[2]));
    CHECK(!batch.same(batch.rows()[0], batch.rows()[1]));
  }

  TEST_CASE("sortable bytes have the order of the cells, for every type of a key") {
    const auto check = [](Type type, const std::vector<std::string>& ascending) {
      for (std::size_t a = 0; a < ascending.size(); ++a)
        for (std::size_t b = 0; b < ascending.size(); ++b) {
          Bytes x, y;
          put_sortable(x, type, ascending[a]);
          put_sortable(y, type, ascending[b]);
          CHECK((x.view() < y.view()) == (a < b));
          CHECK((compare_cells(type, ascending[a], ascending[b]) < 0) == (a < b));
        }
    };
    const auto ints = [](std::initializer_list<std::int64_t> values) {
      std::vector<std::string> cells;
      for (const auto value : values)
        put_int(cells.emplace_back(), value);
      return cells;
    };
    const auto reals = [](std::initializer_list<double> values) {
      std::vector<std::string> cells;
      for (const auto value : values)
        put_double(cells.emplace_back(), value);
      return cells;
    };
    check(Type::bigint, ints({INT64_MIN, -1, 0, 1, INT64_MAX}));
    check(Type::timestamp, ints({-5, 0, 7}));
    check(Type::real, reals({-1e300, -1.5, -1e-300, 0, 1e-300, 2, 1e300}));
    check(Type::text, {"", "a", "ab", "b", "\x7f", "\xc3\xa9"});
    check(Type::boolean, {std::string(1, '\0'), "\1"});
  }

  TEST_CASE("rows can be truncated, and removed by file") {
    const Registry registry = built_in();
    RowBatch batch{*registry.find("vehicles_status")};
    for (std::uint32_t file = 0; file < 4; ++file)
      add_status(batch, file, "v", "2022-01-01T00:00:00Z", "x");
    batch.truncate(3);
    CHECK(batch.size() == 3);
    batch.keep_files([](std::uint32_t file) { return file != 1; });
    CHECK(batch.size() == 2);
    CHECK(batch.rows()[1].file == 2);
  }
}
