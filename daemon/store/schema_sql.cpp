#include "store/schema_sql.hpp"

#include <algorithm>

namespace longshore::store {
namespace {

constexpr ColumnType k_bigint{Type::bigint, false};

TableColumn table_column(const Column& column) { return {column.name, column.type, column.required}; }

std::string postgres_type(ColumnType type) {
  std::string word = type_text(type);
  if (type.type == Type::real)
    word = type.array ? "double precision[]" : "double precision";
  else if (type.type == Type::timestamp)
    word = type.array ? "timestamptz[]" : "timestamptz";
  // compare bytes, as the client does when it sorts a window and finds the newer of two rows
  return type.type == Type::text ? word + " collate \"C\"" : word;
}

std::string sqlite_type(ColumnType type) {
  const std::string word = stored_as(Engine::sqlite, type);
  return word == "double" ? "real" : word;
}

std::string column_sql(Engine engine, const TableColumn& column) {
  return sql_name(column.name) + " " + column_type_sql(engine, column.type) + (column.required ? " not null" : "");
}

TableShape fact_table(const Feed& feed) {
  TableShape table{feed.table, {}, fact_key(feed), false, {}};
  for (const std::size_t i : feed.key)
    table.columns.push_back(table_column(feed.columns[i]));
  table.columns.push_back({"record_hash", k_bigint, true});
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    if (std::ranges::find(feed.key, i) == feed.key.end())
      table.columns.push_back(table_column(feed.columns[i]));
  table.columns.push_back({"file_id", k_bigint, true});
  if (feed.time_column)
    table.time_column = feed.columns[*feed.time_column].name;
  return table;
}

TableShape latest_table(const Feed& feed) {
  TableShape table{feed.latest->table, {}, {}, true, {}};
  const auto& key = feed.latest->key;
  for (const std::size_t i : key) {
    table.columns.push_back(table_column(feed.columns[i]));
    table.primary_key.push_back(feed.columns[i].name);
  }
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    if (std::ranges::find(key, i) == key.end())
      table.columns.push_back(table_column(feed.columns[i]));
  if (feed.latest_needs_hash())
    table.columns.push_back(
        {"record_hash", k_bigint, false});  // nullable, so that a column that needs it can be added later
  // without a history the table may be a user's own, with rows that no file has
  table.columns.push_back({"file_id", k_bigint, feed.has_history});
  return table;
}

}  // namespace

std::string sql_name(std::string_view identifier) {
  std::string out = "\"";
  for (const char c : identifier) {
    if (c == '"')
      out += '"';
    out += c;
  }
  return out += '"';
}

std::string sql_names(const std::vector<std::string>& identifiers) {
  std::string out;
  for (const std::string& name : identifiers)
    out += (out.empty() ? "" : ", ") + sql_name(name);
  return out;
}

std::string stored_as(Engine engine, ColumnType type) {
  if (engine == Engine::postgres)
    return type_text(type);
  if (type.array)
    return "text";
  switch (type.type) {
  case Type::integer:
  case Type::bigint:
  case Type::boolean:
    return "integer";
  case Type::real:
    return "double";
  case Type::text:
  case Type::numeric:
  case Type::timestamp:
  case Type::date:
  case Type::jsonb:
    break;
  }
  return "text";
}

std::vector<TableShape> tables_of(const Feed& feed) {
  std::vector<TableShape> tables;
  if (feed.has_history)
    tables.push_back(fact_table(feed));
  if (feed.latest)
    tables.push_back(latest_table(feed));
  return tables;
}

std::string create_table_sql(Engine engine, const TableShape& table) {
  std::string sql = "create table " + sql_name(table.name) + " (\n";
  for (const TableColumn& column : table.columns)
    sql += "  " + column_sql(engine, column) + ",\n";
  sql += "  primary key (" + sql_names(table.primary_key) + ")\n)";
  if (engine == Engine::sqlite)
    return sql + " strict, without rowid;\n";

  if (table.is_latest)
    return sql + " with (fillfactor = 80);\n";  // leaves room for updates in the same page
  sql += ";\n";
  // minmax_multi: several loaders insert files next to each other, and one range over all of them would be too wide
  const std::string brin = "create index on " + sql_name(table.name) + " using brin (";
  const std::string options = "_minmax_multi_ops) with (pages_per_range = 256, autosummarize = on);\n";
  sql += brin + "file_id int8" + options;
  if (table.time_column.empty())
    return sql;
  const std::string time = sql_name(table.time_column);
  sql += brin + time + " timestamptz" + options;
  // so that the planner knows that there are few hours and days
  return sql + "create statistics if not exists " + sql_name(table.name) + " (ndistinct) on (date_trunc('hour', " +
         time + ")), (date_trunc('day', " + time + ")) from " + sql_name(table.name) + ";\n";
}

std::string column_type_sql(Engine engine, ColumnType type) {
  return engine == Engine::postgres ? postgres_type(type) : sqlite_type(type);
}

std::string drop_not_null_sql(std::string_view table, std::string_view column) {
  return "alter table " + sql_name(table) + " alter column " + sql_name(column) + " drop not null";
}

std::string add_column_sql(Engine engine, const TableShape& table, const TableColumn& column) {
  return "alter table " + sql_name(table.name) + " add column " + column_sql(engine, column);
}

std::vector<std::string> tuple_columns(const Feed& feed) {
  std::vector<std::string> names;
  for (const Column& column : feed.columns)
    names.push_back(column.name);
  names.insert(names.end(), {"record_hash", "file_id"});
  return names;
}

std::vector<std::string> fact_key(const Feed& feed) {
  std::vector<std::string> names;
  for (const std::size_t i : feed.key)
    names.push_back(feed.columns[i].name);
  names.emplace_back("record_hash");
  return names;
}

}  // namespace longshore::store
