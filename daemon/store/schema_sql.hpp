// A feed's tables as SQL, for both engines. The built-in feeds' tables are made by migrations/ and must come out the same:
// tests/store/schema_test.cpp compares the catalogs.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

// "name", with quotes inside doubled.
std::string sql_name(std::string_view identifier);
// "a", "b", "c"
std::string sql_names(const std::vector<std::string>& identifiers);

// A column as `create table` makes it and as Session::table_columns() names it afterwards.
struct TableColumn {
  std::string name;
  ColumnType type;
  bool required = true;
};
// "bigint", "text[]": what table_columns() says of a column of this type. SQLite knows only text, integer and double.
std::string stored_as(Engine engine, ColumnType type);

// A table that a feed needs: the facts, or the newest row of each key.
struct TableShape {
  std::string name;
  std::vector<TableColumn> columns;  // key first, then record_hash, the rest as declared, file_id
  std::vector<std::string> primary_key;
  bool is_latest = false;
  std::string time_column;  // of the facts, which people ask for ranges of; "" for none
};
std::vector<TableShape> tables_of(const Feed& feed);

// One script: the table, and the indexes and statistics that every table of its kind has.
std::string create_table_sql(Engine engine, const TableShape& table);
std::string add_column_sql(Engine engine, const TableShape& table, const TableColumn& column);

// The names that a RowBatch tuple has fields for, in its order: the feed's columns, record_hash, file_id.
std::vector<std::string> tuple_columns(const Feed& feed);
// The key columns and record_hash: what makes a row one row.
std::vector<std::string> fact_key(const Feed& feed);

}  // namespace longshore::store
