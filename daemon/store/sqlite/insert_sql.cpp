#include "store/sqlite/insert_sql.hpp"

#include "store/schema_sql.hpp"
#include "store/sqlite/row_binder.hpp"

#include <algorithm>

namespace longshore::store::sqlite {

std::string insert_sql(const Feed& feed, const std::string& table, const std::vector<std::string>& columns) {
  const std::vector<std::string> fields = tuple_columns(feed);
  std::string values;
  for (const std::string& name : columns) {
    const auto field = std::ranges::find(fields, name) - fields.begin();
    values += (values.empty() ? "" : ", ") + parameter(static_cast<std::size_t>(field));
  }
  return "insert into " + sql_name(table) + " (" + sql_names(columns) + ") values (" + values + ") ";
}

std::string holder_sql(const Feed& feed) {
  const std::size_t columns = feed.columns.size();
  std::string sql = "select file_id from " + sql_name(feed.table) + " where record_hash = " + parameter(columns);
  for (const std::size_t i : feed.key)
    sql += " and " + sql_name(feed.columns[i].name) + " = " + parameter(i);
  return sql + " and file_id <> " + parameter(columns + 1);
}

std::string previous_sql(const Feed& feed) {
  std::string sql = "select file_id = " + parameter(feed.columns.size() + 1) + ", file_id from " +
                    sql_name(feed.latest->table) + " where ";
  for (const std::size_t i : feed.latest->key)
    sql += (i == feed.latest->key.front() ? "" : " and ") + sql_name(feed.columns[i].name) + " = " + parameter(i);
  return sql;
}

}  // namespace longshore::store::sqlite
