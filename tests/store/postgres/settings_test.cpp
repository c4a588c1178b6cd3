#include "store/postgres/settings.hpp"

#include <doctest/doctest.h>

using namespace longshore::store;
using postgres::begin_sql;
using postgres::message_settings_sql;

TEST_CASE("a transaction begins with its mode and time-outs, and with its schema if there is one, in one message") {
  const std::string timeouts = "; set local lock_timeout = '5s'; set local statement_timeout = '10min'";
  CHECK(begin_sql(Access::read_write, "") == "begin isolation level read committed, read write" + timeouts);
  CHECK(begin_sql(Access::read_only, "") == "begin isolation level read committed, read only" + timeouts);
  CHECK(begin_sql(Access::exclusive, "fleet") ==
        "begin isolation level read committed, read write; set local search_path = \"fleet\"" + timeouts);
  CHECK(begin_sql(Access::exclusive, "a\"b, c") ==
        "begin isolation level read committed, read write; set local search_path = \"a\"\"b, c\"" + timeouts);
  CHECK(message_settings_sql(Access::read_only, "fleet") ==
        "set transaction isolation level read committed, read only; set local search_path = \"fleet\"" + timeouts);
}
