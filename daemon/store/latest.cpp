#include "store/latest.hpp"

#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <numeric>
#include <span>

namespace longshore::store {
namespace {

using Cell = RowBatch::Cell;

// The columns that decide which row is newer, in this order. feed.columns.size() is record_hash, as in
// RowBatch::cells().
std::vector<std::size_t> rank_columns(const Feed& feed) {
  std::vector<std::size_t> order{feed.latest->newest};
  for (std::size_t i = 0; i < feed.columns.size(); ++i) {
    const bool is_key = std::ranges::find(feed.latest->key, i) != feed.latest->key.end();
    if (!is_key && i != feed.latest->newest && is_ordered(feed.columns[i].type))
      order.push_back(i);
  }
  if (feed.latest_needs_hash())
    order.push_back(feed.columns.size());
  return order;
}

class Newer {
 public:
  explicit Newer(const Feed& feed) : m_feed(feed), m_order(rank_columns(feed)) {}

  bool operator()(const std::vector<Cell>& a, const std::vector<Cell>& b) const {
    for (const std::size_t i : m_order) {
      if (a[i].null || b[i].null) {
        if (a[i].null != b[i].null)
          return b[i].null;
        continue;
      }
      const Type type = i < m_feed.columns.size() ? m_feed.columns[i].type.type : Type::bigint;
      if (const int order = compare_cells(type, a[i].bytes, b[i].bytes); order != 0)
        return order > 0;
    }
    return false;
  }

 private:
  const Feed& m_feed;
  std::vector<std::size_t> m_order;
};

// A value of the column's type for coalesce(). Any value will do, because "is not null" is compared before it.
std::string_view any_value_sql(Type type) {
  switch (type) {
  case Type::integer:
  case Type::bigint:
  case Type::numeric:
  case Type::real:
    return "0";
  case Type::boolean:
    return "false";
  case Type::timestamp:
  case Type::date:
    return "'2000-01-01'";
  case Type::text:
  case Type::jsonb:
    break;
  }
  return "''";
}

// A user's own table may have a text column with another collation than the client's order of bytes.
std::string_view collate_sql(Engine engine, const Feed& feed, Type type) {
  if (feed.has_history || type != Type::text)
    return "";
  return engine == Engine::postgres ? " collate \"C\"" : " collate binary";
}

// The rank columns of a row as a row value with the order of Newer. A nullable column becomes two values that are not
// null.
std::string rank_sql(Engine engine, const Feed& feed, const std::string& row) {
  std::string sql;
  for (const std::size_t i : rank_columns(feed)) {
    const bool is_hash = i == feed.columns.size();
    const std::string value = row + "." + (is_hash ? "record_hash" : sql_name(feed.columns[i].name));
    const Type type = is_hash ? Type::bigint : feed.columns[i].type.type;
    sql += sql.empty() ? "(" : ", ";
    const std::string_view collate = collate_sql(engine, feed, type);
    if (!is_hash && feed.columns[i].required && feed.has_history)
      sql += value;
    else
      sql += fmt::format("{0} is not null, coalesce({0}, {1}){2}", value, any_value_sql(type), collate);
  }
  return sql + ")";
}

std::vector<std::string> latest_key(const Feed& feed) {
  std::vector<std::string> names;
  for (const std::size_t i : feed.latest->key)
    names.push_back(feed.columns[i].name);
  return names;
}

}  // namespace

std::vector<std::size_t> newest_rows(const RowBatch& window) {
  const Feed& feed = window.feed();
  Bytes keys;
  std::vector<std::size_t> ends{0};
  std::vector<Cell> cells;
  for (const RowBatch::Row& row : window.rows()) {
    window.cells(row, cells);
    for (const std::size_t i : feed.latest->key)
      put_sortable(keys, feed.columns[i].type.type, cells[i].bytes);
    ends.push_back(keys.size());
  }
  const auto key = [&](std::size_t i) { return keys.view().substr(ends[i], ends[i + 1] - ends[i]); };

  // usually already sorted, because the latest key is a prefix of the window's key
  std::vector<std::size_t> rows(window.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (!std::ranges::is_sorted(rows, {}, key))
    std::ranges::stable_sort(rows, {}, key);

  const Newer newer{feed};
  std::vector<std::size_t> newest;
  std::vector<Cell> best;
  for (const std::size_t row : rows) {
    window.cells(window.rows()[row], cells);
    if (newest.empty() || key(newest.back()) != key(row)) {
      newest.push_back(row);
      best.swap(cells);
    } else if (newer(cells, best)) {
      newest.back() = row;
      best.swap(cells);
    }
  }
  return newest;
}

std::vector<std::string> latest_columns(const Feed& feed) {
  const TableShape table = tables_of(feed).back();
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns)
    names.push_back(column.name);
  return names;
}

std::string newest_first_sql(Engine engine, const Feed& feed) {
  std::string sql = "order by " + sql_names(latest_key(feed));
  for (const std::size_t i : rank_columns(feed)) {
    const bool is_hash = i == feed.columns.size();
    sql += ", " + (is_hash ? std::string{"record_hash"} : sql_name(feed.columns[i].name));
    sql += is_hash ? "" : collate_sql(engine, feed, feed.columns[i].type.type);
    sql += " desc";
    // for a column without nulls, "nulls last" would prevent the use of the key: PostgreSQL would sort all rows of a
    // vehicle
    if (!is_hash && !feed.columns[i].required)
      sql += " nulls last";
  }
  return sql + ", file_id";
}

std::string replace_older_sql(Engine engine, const Feed& feed) {
  const std::vector<std::string> key = latest_key(feed);
  std::string set;
  for (const std::string& name : latest_columns(feed))
    if (std::ranges::find(key, name) == key.end())
      set += (set.empty() ? "" : ", ") + sql_name(name) + " = excluded." + sql_name(name);
  const std::string table = sql_name(feed.latest->table);
  return fmt::format(R"(on conflict ({}) do update
set {}
where {}{} > {})",
                     sql_names(key), set, feed.has_history ? "" : table + ".file_id < 0 or ",
                     rank_sql(engine, feed, "excluded"), rank_sql(engine, feed, table));
}

}  // namespace longshore::store
