#include "store/touched_sql.hpp"

#include "store/changes.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace longshore::store {
namespace {

constexpr std::size_t k_most_ranges = 64;

// Names of feeds, tasks and columns have no quotes.
std::string literal(std::string_view text) { return "'" + std::string{text} + "'"; }

std::string truncated_in_postgres(const std::string& column, const TouchedKey& key) {
  if (truncated_type(key.truncate).type == Type::timestamp)
    return fmt::format("date_trunc('{}', {}, 'UTC')", key.truncate, column);
  return fmt::format("date_trunc('{}', {}::timestamptz at time zone 'UTC')::date", key.truncate, column);
}

// Times are canonical text, so that a part of it and a fixed end is the beginning of an hour or of a month.
std::string truncated_in_sqlite(const std::string& column, const TouchedKey& key) {
  struct Cut {
    std::string_view truncate;
    int length;
    const char* end;
  };
  static constexpr Cut k_cuts[] = {
      {"minute", 16, ":00.000000Z"}, {"hour", 13, ":00:00.000000Z"}, {"day", 10, ""},
      {"month", 7, "-01"},           {"year", 4, "-01-01"},
  };
  const auto* const cut = std::ranges::find(k_cuts, key.truncate, &Cut::truncate);
  return fmt::format("substr({}, 1, {}) || '{}'", column, cut->length, cut->end);
}

std::string value_sql(Engine engine, const TouchedKey& key) {
  const std::string column = sql_name(key.from);
  if (key.truncate.empty())
    return column;
  return engine == Engine::postgres ? truncated_in_postgres(column, key) : truncated_in_sqlite(column, key);
}

std::string noted_keys_sql(const TaskKeys& keys) {
  return "select " + sql_names(keys.names()) + " from " + sql_name(touched_table(keys.task));
}

std::string source_sql(Engine engine, const TaskKeys& keys, const TaskSource& source) {
  std::string sql = "select ";
  for (const TouchedKey& key : keys.keys)
    sql += (&key == keys.keys.data() ? "" : ", ") + value_sql(engine, key) + " as " + sql_name(key.name);
  return sql + " from " + sql_name(source.table);
}

bool is_time(const ColumnType& type) {
  return !type.array && (type.type == Type::timestamp || type.type == Type::date);
}

// Of a key that is a time of the column by which rows of the source become too old.
std::string time_sql(Engine engine, const TouchedKey& key) {
  const std::string column = "k." + sql_name(key.name);
  if (key.type.type == Type::timestamp)
    return column;
  return engine == Engine::postgres ? column + "::timestamp at time zone 'UTC'" : column + " || 'T00:00:00.000000Z'";
}

}  // namespace

std::string key_names_sql(std::span<const TouchedKey> keys) {
  std::string sql;
  for (const TouchedKey& key : keys)
    sql += (sql.empty() ? "" : ", ") + sql_name(key.name);
  return sql;
}

std::string key_values_sql(Engine engine, std::span<const TouchedKey> keys) {
  std::string sql;
  for (const TouchedKey& key : keys)
    sql += (sql.empty() ? "" : ", ") + value_sql(engine, key);
  return sql;
}

std::vector<IdRange> ranges_of(std::span<const std::int64_t> sorted_ids) {
  std::vector<IdRange> ranges;
  for (std::int64_t gap = 1;; gap *= 16) {
    ranges.clear();
    for (const std::int64_t id : sorted_ids)
      if (ranges.empty() || id - ranges.back().last > gap) {
        ranges.push_back({id, id});
      } else {
        ranges.back().has_gaps = ranges.back().has_gaps || id - ranges.back().last > 1;
        ranges.back().last = id;
      }
    if (ranges.size() <= k_most_ranges)
      return ranges;
  }
}

std::string all_keys_sql(Engine engine, const TaskKeys& keys) {
  std::string sql = noted_keys_sql(keys);
  if (keys.keys.empty())
    return sql + "\nunion all\nselect file_id from ingest_log where " + loaded_files_sql(keys.sources);
  for (const TaskSource& source : keys.sources)
    sql += "\nunion all\n" + source_sql(engine, keys, source);
  return sql;
}

std::string not_among_sql(std::span<const std::int64_t> file_ids) {
  std::string list;
  for (const std::int64_t id : file_ids)
    list += (list.empty() ? "" : ", ") + std::to_string(id);
  return list.empty() ? "" : " and (file_id is null or file_id not in (" + list + "))";
}

std::string changed_keys_sql(Engine engine, const TaskKeys& keys, std::span<const IdRange> ranges,
                             std::span<const std::int64_t> left) {
  const std::string changed = "select file_id from ingest_changes where task = " + literal(keys.task) +
                              " and file_id > 0" + not_among_sql(left);
  std::string sql = noted_keys_sql(keys);
  if (keys.keys.empty())
    return sql + "\nunion all\n" + changed;
  for (const TaskSource& source : keys.sources)
    for (const IdRange& range : ranges) {
      sql += "\nunion all\n" + source_sql(engine, keys, source);
      sql += fmt::format("\nwhere file_id >= {} and file_id <= {}", range.first, range.last);
      if (range.has_gaps)
        sql +=
            fmt::format(" and file_id in ({} and file_id >= {} and file_id <= {})", changed, range.first, range.last);
    }
  return sql;
}

// The database says whether a feed has a horizon, and of which column: the feed of this process may have another
// `keep`.
std::string before_horizon_sql(Engine engine, const TaskKeys& keys) {
  std::string sql;
  for (const TaskSource& source : keys.sources)
    for (const TouchedKey& key : keys.keys)
      if (source.feed != k_ledger_feed && is_time(key.type))
        sql += fmt::format(R"({}not exists (
  select 1
  from ingest_horizons h
  where h.feed = {} and h.time_column = {} and {} < h.horizon
))",
                           sql.empty() ? "\nwhere " : "\nand ", literal(source.feed), literal(key.from),
                           time_sql(engine, key));
  return sql;
}

std::string loaded_files_sql(std::span<const TaskSource> sources) {
  std::string feeds;
  for (const TaskSource& source : sources) {
    if (source.feed == k_ledger_feed)
      return "status <> 'loading'";
    feeds += (feeds.empty() ? "" : ", ") + literal(source.feed);
  }
  return feeds.empty() ? "false" : "status in ('loaded', 'partial') and feed in (" + feeds + ")";
}

std::string touched_table(std::string_view task) { return "ingest_touched_" + std::string{task}; }

// A key may be null, so the table has no primary key. Those of a program's run are numbered, to be read in parts.
std::string create_touched_table_sql(Engine engine, const TaskKeys& keys) {
  const std::string bigint = column_type_sql(engine, {Type::bigint, false});
  std::string columns;
  for (const TouchedKey& key : keys.keys)
    columns += "  " + sql_name(key.name) + " " + column_type_sql(engine, key.type) + ",\n";
  if (keys.keys.empty())
    columns = "  file_id " + bigint + ",\n";
  const std::string table = touched_table(keys.task);
  // PostgreSQL makes a name for the index: a longer one would be cut to that of the table
  const std::string index = engine == Engine::sqlite ? sql_name(table + "_run") + " " : "";
  return "create table " + sql_name(table) + " (\n" + columns + "  by_run " + bigint + ",\n  number " + bigint + "\n)" +
         (engine == Engine::sqlite ? " strict" : "") + ";\ncreate index " + index + "on " + sql_name(table) +
         " (by_run, number)";
}

}  // namespace longshore::store
