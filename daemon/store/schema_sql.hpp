// The SQL that creates a feed's tables, for both engines.
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

// A column, for `create table` and for the comparison with Session::table_columns().
struct TableColumn {
  std::string name;
  ColumnType type;
  bool required = true;
};
// "bigint", "text[]", "numeric(12,2)": what table_columns() returns for a column of this type. SQLite has only text, integer and double.
std::string stored_as(Engine engine, ColumnType type);

// A table of a feed: the fact table or the latest table.
struct TableShape {
  std::string name;
  std::vector<TableColumn> columns;  // the key, record_hash, the others as declared, file_id
  std::vector<std::string> primary_key;
  bool is_latest = false;
  std::string time_column;  // of a fact table, for queries of a time range; "" if none
};
std::vector<TableShape> tables_of(const Feed& feed);

// A script that creates the table, its indexes and its statistics.
std::string create_table_sql(Engine engine, const TableShape& table);
// The type as a column definition names it: "double precision", "text collate \"C\"".
std::string column_type_sql(Engine engine, ColumnType type);
// PostgreSQL only.
std::string drop_not_null_sql(std::string_view table, std::string_view column);
std::string add_column_sql(Engine engine, const TableShape& table, const TableColumn& column);

// The columns of a RowBatch tuple: those of the feed, record_hash, file_id.
std::vector<std::string> tuple_columns(const Feed& feed);
// The unique key of the fact table: the key columns and record_hash.
std::vector<std::string> fact_key(const Feed& feed);

}  // namespace longshore::store
