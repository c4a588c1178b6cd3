#include "store/table_steps.hpp"

#include "embedded.hpp"
#include "feed/cell.hpp"
#include "store/adoption.hpp"
#include "store/declared_feed.hpp"
#include "store/latest.hpp"
#include "store/schema_sql.hpp"
#include "store/sqlite/nullable_column.hpp"
#include "store/widening.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace longshore::store {
namespace {

constexpr std::string_view k_not_null = " not null";
constexpr std::string_view k_default = " default";
constexpr std::string_view k_generated = " generated";
constexpr std::string_view k_identity = " generated always as identity";

// 5000 years in µs: a time that far ahead of any file's is still one of PostgreSQL's.
constexpr std::int64_t k_longest_future = std::int64_t{5000} * 366 * 86'400 * 1'000'000;

// A column of Session::table_columns().
struct StoredColumn {
  std::string type;
  bool is_not_null = false;
  bool has_default = false;   // an insert may leave it out
  bool is_generated = false;  // an insert must leave it out
  bool is_identity = false;   // the same, unless the column is altered
};

StoredColumn column_of(const std::string& found) {
  StoredColumn column;
  const auto has = [&](std::string_view word) { return found.find(word) != std::string::npos; };
  column.is_not_null = has(k_not_null);
  column.is_generated = has(k_generated);
  column.is_identity = has(k_identity);
  column.has_default = has(k_default);
  column.type = found;
  for (const std::string_view word : {k_default, k_generated, k_not_null})
    column.type.resize(std::min(column.type.find(word), column.type.size()));
  return column;
}

std::string text_of(const StoredColumn& column) {
  return column.type + (column.is_not_null ? std::string{k_not_null} : "") +
         std::string{column.is_identity    ? k_identity
                     : column.is_generated ? k_generated
                                           : ""};
}

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

// SQLite stores values of several types alike, so the catalog does not show that the declared type has changed.
bool has_other_values(Engine engine, const std::string& recorded, const TableColumn& column) {
  return engine == Engine::sqlite && !recorded.empty() && recorded != type_text(column.type) &&
         !is_stored_wider(recorded, column.type);
}

Error refusal(const Session& session, const Feed& feed, const TableShape& table, const Differences& differences) {
  const std::string setting = feed.has_history ? "`table`" : "`latest`";
  const std::string where = session.schema().empty() ? "" : "set search_path = " + sql_name(session.schema()) + "; ";
  return Error{Fault::fatal, "table \"" + table.name + "\" differs from the feed \"" + feed.name + "\" (" +
                                 feed.origin + "): " + differences.text}
      .with_hint(
          differences.is_all_sql ? "stop longshore, then run: " + where + differences.sql
          : session.engine() == Engine::sqlite
              ? "alter the declaration, or give " + setting +
                    " a new table: SQLite cannot change the type of a column, and a new column must have "
                    "`required = false`"
              : "alter the table or the declaration: a new column must have `required = false`, any other change "
                "needs a new table in " +
                    setting)
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

std::vector<Step> steps_for_table(Session& session, const Feed& feed, const TableShape& table,
                                  const DeclaredFeed& declared) {
  const Engine engine = session.engine();
  std::map<std::string, StoredColumn> found;
  for (const auto& [name, text] : session.table_columns(table.name))
    found[name] = column_of(text);
  if (found.empty())
    return {{"table " + table.name, [engine, table](Session& s) { s.exec_script(create_table_sql(engine, table)); }}};

  // a user's own table: its rules are not dropped without being asked
  const bool is_of_user = !feed.has_history && !has_latest_table(declared, table.name);
  std::vector<Step> steps;
  Differences differences;
  if (!feed.has_history)
    for (const Obstacle& obstacle : obstacles_to_upserts(session, table))
      differences.add(obstacle.text, obstacle.remedy);
  for (const TableColumn& column : table.columns) {
    const auto there = found.find(column.name);
    if (there == found.end()) {
      if (column.required)
        differences.add("column \"" + column.name + "\" is missing, declared " + declared_type(engine, column), "");
      else
        steps.push_back({table.name + "." + column.name,
                         [engine, table, column](Session& s) { s.exec(add_column_sql(engine, table, column)); }});
    } else if (there->second.is_generated) {
      differences.add("column \"" + column.name + "\" is " + text_of(there->second) + ", so no file can set it",
                      there->second.is_identity ? set_by_default_sql(table.name, column.name) : "");
    } else if (there->second.type != stored_as(engine, column.type)) {
      differences.add("column \"" + column.name + "\" is " + text_of(there->second) + ", declared " +
                          declared_type(engine, column),
                      engine == Engine::postgres ? widening_sql(table, column, there->second.type) : "");
    } else if (const std::string recorded = recorded_type(declared, table.name, column.name);
               has_other_values(engine, recorded, column)) {
      differences.add(
          "column \"" + column.name + "\" was declared " + recorded + ", declared " + type_text(column.type), "");
    } else if (!column.required && there->second.is_not_null && is_of_user) {
      differences.add("column \"" + column.name + "\" is " + text_of(there->second) + ", declared " +
                          declared_type(engine, column),
                      engine == Engine::postgres ? drop_not_null_sql(table.name, column.name) + ";" : "");
    } else if (!column.required && there->second.is_not_null) {
      steps.push_back(drop_not_null(engine, table, column));
    }
  }
  for (const auto& [name, column] : found)
    if (column.is_not_null && !column.has_default && !column.is_generated &&
        std::ranges::find(table.columns, name, &TableColumn::name) == table.columns.end())
      differences.add("column \"" + name + "\" is " + text_of(column) + ", but not declared, and has no default",
                      engine == Engine::postgres ? drop_not_null_sql(table.name, name) + ";" : "");
  if (const auto key = session.primary_key(table.name); key != table.primary_key)
    differences.add("the primary key is (" + sql_names(key) + "), declared (" + sql_names(table.primary_key) + ")", "");
  if (!differences.text.empty())
    throw refusal(session, feed, table, differences);
  if (is_of_user)
    steps.push_back(take_over(feed, table));
  return steps;
}

// True for a row of `history` with a time further ahead of its file than `max_future` allows. It may be from before the
// limit, and it would stay the newest for ever.
std::string is_ahead_sql(Engine engine, const Feed& feed) {
  std::string any;
  for (const std::size_t i : feed.future_columns) {
    const std::int64_t limit = std::min(*feed.columns[i].max_future, k_longest_future);
    const std::string latest_time =
        engine == Engine::postgres
            ? fmt::format("coalesce(claimed_at, started_at) + {} * interval '1 microsecond'", limit)
            : fmt::format("strftime('%Y-%m-%dT%H:%M:%f', coalesce(claimed_at, started_at), '+{} seconds')",
                          limit / 1'000'000);
    any += fmt::format("{}history.{} > {}", any.empty() ? "" : " or ", sql_name(feed.columns[i].name), latest_time);
  }
  return fmt::format("exists (select 1 from ingest_log where ingest_log.file_id = history.file_id and ({}))", any);
}

// For a latest table that is new, that files were loaded without, or whose `newest` has changed. A row that is there is
// a row of the history, or a user's own, so comparing it with the newest one is right in each case. `rows`: a table, or
// a query in parentheses, with the rows of the history.
Step fill_latest(Engine engine, const Feed& feed, const std::string& history, const std::string& rows) {
  const std::string columns = sql_names(latest_columns(feed));
  std::vector<std::string> key;
  for (const std::size_t i : feed.latest->key)
    key.push_back(feed.columns[i].name);
  const std::string sql = fmt::format(
      R"(
insert into {0} ({1})
select {1}
from (
  select {1}, row_number() over (partition by {2} {3}) as longshore_rank
  from {4} history
  where {5}
) ranked
where longshore_rank = 1
{6}
)",
      sql_name(feed.latest->table), columns, sql_names(key), newest_first_sql(engine, feed), rows,
      feed.future_columns.empty() ? "true" : "not " + is_ahead_sql(engine, feed), replace_older_sql(engine, feed));
  return {"rows of " + feed.latest->table + " from " + history, [sql](Session& s) { s.exec(sql); }, true};
}

// The feed loses its history `facts`, and gets another latest table, which then has the newest rows that were loaded.
Step fill_from_ended_history(Engine engine, const Feed& feed, const DeclaredFeed& declared, const std::string& facts) {
  Differences differences;
  std::string columns = "record_hash, file_id";
  for (const Column& column : feed.columns) {
    const std::string recorded = recorded_type(declared, facts, column.name);
    if (recorded == type_text(column.type))
      columns += ", " + sql_name(column.name);
    else if (recorded.empty() && !column.required)
      columns += ", null" + (engine == Engine::postgres ? "::" + column_type_sql(engine, column.type) : "") + " as " +
                 sql_name(column.name);
    else
      differences.add("column \"" + column.name + "\" was " +
                          (recorded.empty() ? "not declared" : "declared " + recorded) + ", declared " +
                          type_text(column.type),
                      "");
  }
  if (!differences.text.empty())
    throw Error{Fault::fatal, "the newest rows of \"" + facts + "\" cannot be moved to \"" + feed.latest->table +
                                  "\", the new latest table of the feed \"" + feed.name + "\" (" + feed.origin +
                                  "): " + differences.text}
        .with_hint("with `history = false`, keep the columns as they were declared, or give the feed another name")
        .exits(Exit::config);
  return fill_latest(engine, feed, facts, "(select " + columns + " from " + sql_name(facts) + ")");
}

// The view or index that belongs to a built-in feed, or to two: "a+b.sql". A user's feed of the same name may have
// other columns.
std::vector<Step> scripts_of(Engine engine, const std::string& name) {
  const std::string own = name + (engine == Engine::postgres ? ".postgres.sql" : ".sqlite.sql");
  std::vector<Step> steps;
  for (const EmbeddedFile& file : embedded_feed_scripts())
    if (file.name == own || file.name == name + ".sql")
      steps.push_back({"script " + std::string{file.name}, [text = file.text](Session& s) { s.exec_script(text); }});
  return steps;
}

void append(std::vector<Step>& steps, std::vector<Step> more) {
  for (Step& step : more)
    steps.push_back(std::move(step));
}

// A feed that gets a history again. What it loaded meanwhile is in no history, and a replay meanwhile has changed
// nothing in the old one.
void refuse_old_tables(Session& session, const Feed& feed, const DeclaredFeed& declared) {
  if (!feed.has_history || !is_without_history(declared))
    return;
  std::string text;
  if (feed.latest && has_latest_table(declared, feed.latest->table))
    text = "table \"" + feed.latest->table + "\" has rows that no history has";
  if (has_rows(session, feed.table))
    text += (text.empty() ? "" : "; ") + ("table \"" + feed.table + "\" has rows of an earlier history");
  if (!text.empty())
    throw Error{Fault::fatal, text + ": the feed \"" + feed.name + "\" (" + feed.origin +
                                  ") was declared with `history = false` before"}
        .with_hint("give `table` and `latest` new tables, then: longshore replay --feed " + feed.name +
                   "; or set `history = false` again")
        .exits(Exit::config);
}

// Whether a feed is declared as it is built in: here or, where it is disabled, in the database.
bool is_as_built_in(const Registry& registry, const std::map<std::string, DeclaredFeed>& declared,
                    const Registry& built_in, const std::string& name) {
  if (const Feed* const here = registry.find(name))
    return here->is_built_in();
  const Feed* const feed = built_in.find(name);
  const auto there = declared.find(name);
  return feed && there != declared.end() && there->second.declaration == feed->declaration;
}

// The scripts of two feeds at once, of which `changed` has new tables.
std::vector<Step> scripts_of_pairs(Session& session, const Registry& registry,
                                   const std::map<std::string, DeclaredFeed>& declared,
                                   const std::set<std::string>& changed) {
  if (changed.empty())
    return {};
  const Registry built_in = Registry::load("");
  std::vector<Step> steps;
  for (const Feed& a : built_in.feeds())
    for (const Feed& b : built_in.feeds())
      if (a.name < b.name && (changed.contains(a.name) || changed.contains(b.name)) &&
          is_as_built_in(registry, declared, built_in, a.name) && is_as_built_in(registry, declared, built_in, b.name))
        append(steps, scripts_of(session.engine(), a.name + "+" + b.name));
  return steps;
}

std::vector<Step> steps_for_feed(Session& session, const Feed& feed, const DeclaredFeed& declared,
                                 std::set<std::string>& changed) {
  refuse_old_tables(session, feed, declared);
  const auto is_new = [&](const std::string& table) { return session.table_columns(table).empty(); };
  const bool has_new_facts = is_new(feed.table);
  const bool has_new_latest = feed.latest && is_new(feed.latest->table);
  std::vector<Step> steps;
  for (const TableShape& table : tables_of(feed))
    append(steps, steps_for_table(session, feed, table, declared));
  if (feed.has_history && feed.latest && !has_new_facts &&
      (has_new_latest || declared.latest != declared_feed(feed).latest))
    steps.push_back(fill_latest(session.engine(), feed, feed.table, sql_name(feed.table)));
  const std::string ended_history = feed.has_history ? "" : history_table(declared);
  if (!ended_history.empty() && !has_latest_table(declared, feed.latest->table) && !is_new(ended_history))
    steps.push_back(fill_from_ended_history(session.engine(), feed, declared, ended_history));
  if (feed.is_built_in() && (has_new_facts || has_new_latest)) {
    append(steps, scripts_of(session.engine(), feed.name));
    changed.insert(feed.name);
  }
  // a daemon with the declaration in force may be loading; without one in force, no daemon is
  if (!declared.declaration.empty() && declared.declaration != feed.declaration)
    for (Step& step : steps)
      step.locks_out_loaders = true;
  return steps;
}

}  // namespace

std::vector<Step> steps_for_feeds(Session& session, const Registry& registry) {
  auto declared = read_declared_feeds(session);
  std::vector<Step> steps;
  std::set<std::string> changed;
  for (const Feed& feed : registry.feeds())
    append(steps, steps_for_feed(session, feed, declared[feed.name], changed));
  append(steps, scripts_of_pairs(session, registry, declared, changed));
  return steps;
}

}  // namespace longshore::store
