#include "store/sqlite/nullable_column.hpp"

#include <doctest/doctest.h>

using longshore::store::sqlite::without_not_null;

TEST_CASE("NOT NULL is removed from the definition of one column only") {
  CHECK(without_not_null(
            "create table \"t\" (\n  \"a\" text not null,\n  \"n\" integer not null,\n  primary key (\"a\")\n) strict",
            "n") == "create table \"t\" (\n  \"a\" text not null,\n  \"n\" integer,\n  primary key (\"a\")\n) strict");
  CHECK(without_not_null("create table t (a text NOT  NULL, n int CHECK (n is not null and n > 0) Not Null default 5)",
                         "N") == "create table t (a text NOT  NULL, n int CHECK (n is not null and n > 0) default 5)");
  CHECK(without_not_null("create table [n] (\"a, n not null\" text not null, [n] int not null)", "n") ==
        "create table [n] (\"a, n not null\" text not null, [n] int)");
}

TEST_CASE("comments between and in the definitions are skipped") {
  CHECK(without_not_null(
            "create table t (a text, -- the (name, n not null\n /* n not null, */ n /* it's */ int not /**/ null)",
            "n") == "create table t (a text, -- the (name, n not null\n /* n not null, */ n /* it's */ int)");
}

TEST_CASE("a column without NOT NULL, and an unknown one, change nothing") {
  for (const char* sql :
       {"create table t (n int, m int not null)", "create table t (m int not null, check (n is not null))",
        "create table t (n int default 'not null')", ""})
    CHECK(without_not_null(sql, "n") == sql);
}
