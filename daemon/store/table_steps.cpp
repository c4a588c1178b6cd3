#include "store/table_steps.hpp"

#include "embedded.hpp"
#include "store/latest.hpp"
#include "store/schema_sql.hpp"
#include "store/sqlite/nullable_column.hpp"
#include "store/widening.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>

namespace longshore::store {
namespace {

constexpr std::string_view k_not_null = " not null";

bool is_not_null(const std::string& found) { return found.ends_with(k_not_null); }
std::string type_of(const std::string& found) { return found.substr(0, found.find(k_not_null)); }

std::string declared_type(Engine engine, const TableColumn& column) {
  return stored_as(engine, column.type) + (column.required ? std::string{k_not_null} : "");
}

// Differences that no step removes, and the SQL for those that have one.
struct Differences {
  std::string text;
  std::string sql;
  bool is_all_sql = true;

  void add(const std::string& difference, const std::string& remedy) {
    text += (text.empty() ? "" : "; ") + difference;
    sql += (sql.empty() || remedy.empty() ? "" : " ") + remedy;
    is_all_sql = is_all_sql && !remedy.empty();
  }
};

Error refusal(const Feed& feed, const TableShape& table, const Differences& differences) {
  return Error{Fault::fatal, "table \"" + table.name + "\" differs from the feed \"" + feed.name + "\" (" + feed.origin +
                                 "): " + differences.text}
      .with_hint(differences.is_all_sql
                     ? "stop longshore, then run: " + differences.sql
                     : "alter the table or the declaration: a new column must have `required = false`, any other change "
                       "needs a new table")
      .exits(Exit::config);
}

Step drop_not_null(Engine engine, const TableShape& table, const TableColumn& column) {
  return {table.name + "." + column.name + " nullable", [engine, table = table.name, column = column.name](Session& s) {
            if (engine == Engine::sqlite)
              sqlite::make_nullable(s, table, column);
            else
              s.exec(drop_not_null_sql(table, column));
          }};
}

std::vector<Step> steps_for_table(Session& session, const Feed& feed, const TableShape& table) {
  const Engine engine = session.engine();
  const auto found = session.table_columns(table.name);
  if (found.empty())
    return {{"table " + table.name, [engine, table](Session& s) { s.exec_script(create_table_sql(engine, table)); }}};

  std::vector<Step> steps;
  Differences differences;
  for (const TableColumn& column : table.columns) {
    const auto there = found.find(column.name);
    if (there == found.end()) {
      if (column.required)
        differences.add("column \"" + column.name + "\" is missing, declared " + declared_type(engine, column), "");
      else
        steps.push_back({table.name + "." + column.name,
                         [engine, table, column](Session& s) { s.exec(add_column_sql(engine, table, column)); }});
    } else if (type_of(there->second) != stored_as(engine, column.type)) {
      differences.add("column \"" + column.name + "\" is " + there->second + ", declared " + declared_type(engine, column),
                      widening_sql(engine, table, column, found));
    } else if (!column.required && is_not_null(there->second)) {
      steps.push_back(drop_not_null(engine, table, column));
    }
  }
  for (const auto& [name, type] : found)
    if (is_not_null(type) && std::ranges::find(table.columns, name, &TableColumn::name) == table.columns.end())
      differences.add("column \"" + name + "\" is " + type + ", but not declared",
                      engine == Engine::postgres ? drop_not_null_sql(table.name, name) + ";" : "");
  if (const auto key = session.primary_key(table.name); key != table.primary_key)
    differences.add(
        "the primary key is (" + sql_names(key) + "), declared (" + sql_names(table.primary_key) + ")", "");
  if (!differences.text.empty())
    throw refusal(feed, table, differences);
  return steps;
}

// A latest table that is added later. Loaders are locked out meanwhile.
Step fill_latest(const Feed& feed) {
  const std::string columns = sql_names(latest_columns(feed));
  std::vector<std::string> key;
  for (const std::size_t i : feed.latest->key)
    key.push_back(feed.columns[i].name);
  const std::string sql = fmt::format(R"(
insert into {0} ({1})
select {1}
from (
  select {1}, row_number() over (partition by {2} {3}) as longshore_rank
  from {4}
) ranked
where longshore_rank = 1
)",
                                      sql_name(feed.latest->table), columns, sql_names(key), newest_first_sql(feed),
                                      sql_name(feed.table));
  return {"rows of " + feed.latest->table + " from " + feed.table, [sql](Session& s) { s.exec(sql); }};
}

// The view or index that belongs to a built-in feed. A user's feed of the same name may have other columns.
std::vector<Step> scripts_of(Engine engine, const Feed& feed) {
  if (!feed.is_built_in())
    return {};
  const std::string own = feed.name + (engine == Engine::postgres ? ".postgres.sql" : ".sqlite.sql");
  std::vector<Step> steps;
  for (const EmbeddedFile& file : embedded_feed_scripts())
    if (file.name == own || file.name == feed.name + ".sql")
      steps.push_back({"script " + std::string{file.name}, [text = file.text](Session& s) { s.exec_script(text); }});
  return steps;
}

void append(std::vector<Step>& steps, std::vector<Step> more) {
  for (Step& step : more)
    steps.push_back(std::move(step));
}

std::vector<Step> steps_for_feed(Session& session, const Feed& feed) {
  const auto is_new = [&](const std::string& table) { return session.table_columns(table).empty(); };
  const bool has_new_facts = is_new(feed.table);
  const bool has_new_latest = feed.latest && is_new(feed.latest->table);
  std::vector<Step> steps;
  for (const TableShape& table : tables_of(feed))
    append(steps, steps_for_table(session, feed, table));
  if (has_new_latest && !has_new_facts)
    steps.push_back(fill_latest(feed));
  if (has_new_facts || has_new_latest)
    append(steps, scripts_of(session.engine(), feed));
  return steps;
}

}  // namespace

std::vector<Step> steps_for_feeds(Session& session, const Registry& registry) {
  std::vector<Step> steps;
  for (const Feed& feed : registry.feeds())
    append(steps, steps_for_feed(session, feed));
  return steps;
}

}  // namespace longshore::store
