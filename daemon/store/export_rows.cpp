#include "store/export_rows.hpp"

#include "base/time.hpp"
#include "store/schema_sql.hpp"

namespace longshore::store {
namespace {

// Of a table that was created for another version of the declaration, or by a user, a value gets the declared type.
// SQLite has no types for most of them.
std::string selected(Engine engine, const std::string& name, ColumnType type) {
  return sql_name(name) + (engine == Engine::postgres ? "::" + column_type_sql(engine, type) : "");
}

// A date is in the range if its midnight is, so the bound is the first midnight at or after it.
std::string literal(ColumnType type, std::int64_t micros) {
  if (type.type != Type::date)
    return "'" + format_time(micros) + "'";
  const std::int64_t day = micros / k_micros_a_day + (micros % k_micros_a_day > 0 ? 1 : 0);
  return "'" + format_date(static_cast<std::int32_t>(day)) + "'";
}

std::string query_of(Engine engine, const Feed& feed, const RowRange& range) {
  const std::vector<std::string> names = exported_columns(feed);
  const std::vector<ColumnType> types = exported_types(feed);
  std::string sql = "select ";
  for (std::size_t i = 0; i < names.size(); ++i)
    sql += (i == 0 ? "" : ", ") + selected(engine, names[i], types[i]);
  sql += " from " + sql_name(range.table);
  if (!range.by)
    return sql;
  const std::string by = sql_name(feed.columns[*range.by].name);
  const ColumnType type = feed.columns[*range.by].type;
  if (range.since)
    sql += " where " + by + " >= " + literal(type, *range.since);
  if (range.until)
    sql += (range.since ? " and " : " where ") + by + " < " + literal(type, *range.until);
  return range.is_sorted ? sql + " order by " + by + " nulls last" : sql;
}

}  // namespace

std::vector<std::string> exported_columns(const Feed& feed) {
  std::vector<std::string> names;
  names.reserve(feed.columns.size() + 1);
  for (const Column& column : feed.columns)
    names.push_back(column.name);
  names.emplace_back("file_id");
  return names;
}

std::vector<ColumnType> exported_types(const Feed& feed) {
  std::vector<ColumnType> types;
  types.reserve(feed.columns.size() + 1);
  for (const Column& column : feed.columns)
    types.push_back(column.type);
  types.push_back({Type::bigint, false});
  return types;
}

void export_rows(Session& session, const Feed& feed, const RowRange& range, const std::function<void(TextRow)>& row) {
  session.read_rows(query_of(session.engine(), feed, range), exported_types(feed), row);
}

}  // namespace longshore::store
