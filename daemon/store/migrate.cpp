#include "store/migrate.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/postgres/settings.hpp"
#include "store/schema_sql.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <thread>

namespace longshore::store {
namespace {

constexpr int k_tries = 10;  // to get the lock; each waits up to 3 s on PostgreSQL and 5 s on SQLite
constexpr auto k_pause = std::chrono::milliseconds{500};
constexpr std::int64_t k_lock_key = 0x6c6f6e6773686f72;  // "longshor": a number that other programs do not use

struct Migration {
  std::int64_t version = 0;
  std::string name;  // "0001_baseline"
  std::string_view text;
  std::string checksum;
};

// A change of the database, and its name in Changes.
struct Step {
  std::string change;
  std::function<void(Session&)> run;
};

Error refuse(const std::string& text, const std::string& hint) {
  return Error{Fault::fatal, text}.with_hint(hint).exits(Exit::config);
}

// The migrations for this engine, by version: the names are sorted.
std::vector<Migration> migrations_for(Engine engine, std::span<const EmbeddedFile> files) {
  const std::string_view other = engine == Engine::postgres ? ".sqlite.sql" : ".postgres.sql";
  std::vector<Migration> migrations;
  for (const EmbeddedFile& file : files) {
    if (file.name.ends_with(other))
      continue;
    Migration migration{0, std::string{file.name.substr(0, file.name.find('.'))}, file.text, Sha256::of(file.text)};
    std::from_chars(migration.name.data(), migration.name.data() + migration.name.size(), migration.version);
    migrations.push_back(std::move(migration));
  }
  return migrations;
}

void apply(Session& session, const Migration& migration) {
  session.exec_script(migration.text);
  session.exec(R"(
insert into longshore_migrations (version, name, checksum, applied_at)
values ($1, $2, $3, $4)
)",
               {migration.version, migration.name, migration.checksum, format_time(now_micros())});
}

// The migrations that are not applied yet. Refuses a database with unknown or different migrations.
std::vector<Step> pending_migrations(Session& session, std::span<const EmbeddedFile> files) {
  const std::vector<Migration> known = migrations_for(session.engine(), files);
  std::vector<std::int64_t> applied;
  if (!session.table_columns("longshore_migrations").empty()) {
    const Rows found = session.exec(R"(
select version, name, checksum
from longshore_migrations
order by version
)");
    for (const auto& row : found.rows) {
      const std::int64_t version = as_int(row[0]);
      const auto same = std::ranges::find(known, version, &Migration::version);
      if (same == known.end())
        throw refuse("the database is newer than this longshore: it has the unknown migration " + as_text(row[1]),
                     "install the longshore version that migrated it, or use another database");
      if (same->checksum != as_text(row[2]))
        throw refuse("the migration was applied with another text: " + same->name + ", checksum " + as_text(row[2]) +
                         " in the database, " + same->checksum + " in this longshore",
                     "install the longshore version that migrated the database");
      applied.push_back(version);
    }
  }
  std::vector<Step> steps;
  for (const Migration& migration : known)
    if (std::ranges::find(applied, migration.version) == applied.end())
      steps.push_back({migration.name, [migration](Session& s) { apply(s, migration); }});
  return steps;
}

std::string declared_type(Engine engine, const TableColumn& column) {
  return stored_as(engine, column.type) + (column.required ? " not null" : "");
}

// Why the found column cannot take the rows of the feed; "" if it can.
std::string difference(Engine engine, const TableColumn& declared, const std::string& found) {
  const std::string wanted = declared_type(engine, declared);
  const bool refuses_null = !declared.required && found.ends_with(" not null");
  const bool same_type = found.substr(0, found.find(" not null")) == stored_as(engine, declared.type);
  if (same_type && !refuses_null)
    return {};
  return "column \"" + declared.name + "\" is " + found + ", declared " + wanted;
}

std::vector<Step> steps_for_table(Session& session, const Feed& feed, const TableShape& table) {
  const Engine engine = session.engine();
  const auto found = session.table_columns(table.name);
  if (found.empty())
    return {{"table " + table.name, [engine, table](Session& s) { s.exec_script(create_table_sql(engine, table)); }}};

  std::vector<Step> steps;
  std::vector<std::string> differences;
  for (const TableColumn& column : table.columns) {
    const auto there = found.find(column.name);
    if (there != found.end()) {
      if (const std::string text = difference(engine, column, there->second); !text.empty())
        differences.push_back(text);
    } else if (column.required) {
      differences.push_back("column \"" + column.name + "\" is missing, declared " + declared_type(engine, column));
    } else {
      steps.push_back({table.name + "." + column.name,
                       [engine, table, column](Session& s) { s.exec(add_column_sql(engine, table, column)); }});
    }
  }
  for (const auto& [name, type] : found)
    if (type.ends_with(" not null") &&
        std::ranges::find(table.columns, name, &TableColumn::name) == table.columns.end())
      differences.push_back("column \"" + name + "\" is " + type + ", but not declared");
  if (const auto key = session.primary_key(table.name); key != table.primary_key)
    differences.push_back("the primary key is (" + sql_names(key) + "), declared (" + sql_names(table.primary_key) +
                          ")");
  if (differences.empty())
    return steps;

  std::string text = "table \"" + table.name + "\" differs from the feed \"" + feed.name + "\" (" + feed.origin + "): ";
  for (std::size_t i = 0; i < differences.size(); ++i)
    text += (i ? "; " : "") + differences[i];
  throw refuse(
      text, "alter the table or the declaration: a new column must have `required = false`, any other change needs a "
            "new table");
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

std::vector<Step> steps_for_feed(Session& session, const Feed& feed) {
  std::vector<Step> steps;
  bool has_new_table = false;
  for (const TableShape& table : tables_of(feed)) {
    has_new_table = has_new_table || session.table_columns(table.name).empty();
    for (Step& step : steps_for_table(session, feed, table))
      steps.push_back(std::move(step));
  }
  if (has_new_table)
    for (Step& step : scripts_of(session.engine(), feed))
      steps.push_back(std::move(step));
  return steps;
}

std::vector<Step> steps_for_feeds(Session& session, const Registry& registry) {
  std::vector<Step> steps;
  for (const Feed& feed : registry.feeds())
    for (Step& step : steps_for_feed(session, feed))
      steps.push_back(std::move(step));
  return steps;
}

// Begins a transaction, when no other process migrates.
void begin_exclusive(Session& session) {
  for (int attempt = 1;; ++attempt) {
    try {
      session.begin();
      if (session.engine() == Engine::postgres) {
        session.exec("set local lock_timeout = '3s'");
        session.exec(postgres::k_no_statement_timeout);  // the time to build an index depends on the size of its table
        session.exec("select pg_advisory_xact_lock($1)", {k_lock_key});
      }
      return;
    } catch (const Error& error) {
      session.rollback();
      if (error.fault() != Fault::contention || attempt == k_tries)
        throw;
      log::debug("migrate: waiting for another process: {}", error.what());
      std::this_thread::sleep_for(k_pause);
    }
  }
}

void create_migrations_table(Session& session) {
  if (session.engine() == Engine::sqlite)
    session.exec(R"(
create table if not exists longshore_migrations (
  version    integer primary key,
  name       text not null,
  checksum   text not null,
  applied_at text not null
) strict)");
  else
    session.exec(R"(
create table if not exists longshore_migrations (
  version    bigint primary key,
  name       text collate "C" not null,
  checksum   text collate "C" not null,
  applied_at timestamptz not null
)
)");
}

void run(Session& session, const std::vector<Step>& steps, Changes& changes) {
  for (const Step& step : steps) {
    step.run(session);
    changes.push_back(step.change);
  }
}

}  // namespace

Changes migrate(Session& session, const Registry& registry, std::span<const EmbeddedFile> migrations) {
  // if nothing is missing, a role without the right to create tables may run the daemon
  if (pending_migrations(session, migrations).empty() && steps_for_feeds(session, registry).empty())
    return {};
  Changes changes;
  begin_exclusive(session);
  try {
    create_migrations_table(session);
    // read again with the lock held: another process may have migrated in between
    run(session, pending_migrations(session, migrations), changes);
    run(session, steps_for_feeds(session, registry), changes);
    session.commit();
  } catch (...) {
    session.rollback();
    throw;
  }
  return changes;
}

void check_schema(Session& session, const Registry& registry, std::span<const EmbeddedFile> migrations) {
  std::vector<Step> missing = pending_migrations(session, migrations);
  if (missing.empty())
    missing = steps_for_feeds(session, registry);
  if (missing.empty())
    return;
  std::string text = "the database lacks ";
  for (std::size_t i = 0; i < missing.size(); ++i)
    text += (i ? ", " : "") + missing[i].change;
  throw refuse(text, "longshore migrate");
}

}  // namespace longshore::store
