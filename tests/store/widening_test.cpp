#include "store/widening.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using store::widening_sql;

TEST_CASE("an array is not wider than a scalar, and the server's own types are not known") {
  const store::TableShape table{"t", {}, {}, false, {}};
  const store::TableColumn scalar{"n", {Type::numeric, false}, true};
  const store::TableColumn array{"n", {Type::numeric, true, 20, 0}, true};
  CHECK(widening_sql(table, scalar, "bigint") == "alter table \"t\" alter column \"n\" type numeric;");
  CHECK(widening_sql(table, array, "bigint").empty());
  CHECK(widening_sql(table, array, "bigint[]").empty());
  CHECK(widening_sql(table, scalar, "character varying(10)").empty());
}
