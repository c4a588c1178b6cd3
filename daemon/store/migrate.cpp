#include "store/migrate.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/declarations.hpp"
#include "store/own_schema.hpp"
#include "store/postgres/settings.hpp"
#include "store/table_steps.hpp"
#include "store/taken_names.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
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
std::vector<Migration> pending_migrations(Session& session, std::span<const EmbeddedFile> files) {
  std::vector<Migration> known = migrations_for(session.engine(), files);
  std::vector<std::int64_t> applied;
  if (session.table_columns("longshore_migrations").contains("checksum")) {  // else another program's
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
  std::erase_if(known, [&](const Migration& migration) {
    return std::ranges::find(applied, migration.version) != applied.end();
  });
  return known;
}

// Before the first change: what a transaction would undo anyway is named with its remedy.
void check_names(Session& session, const std::vector<Migration>& pending, const Registry& registry) {
  std::vector<std::string_view> scripts;
  scripts.reserve(pending.size());
  for (const Migration& migration : pending)
    scripts.push_back(migration.text);
  refuse_taken_names(session, scripts, registry);
}

// Daemons with different schemas in one database do not wait for each other.
std::int64_t lock_key(const std::string& schema) { return schema.empty() ? k_lock_key : k_lock_key ^ xxh3(schema, 0); }

// Begins a transaction, when no other process migrates the same schema. Throws contention if one does.
void begin_exclusive(Session& session) {
  session.begin();
  if (session.engine() != Engine::postgres)
    return;
  session.exec("set local lock_timeout = '3s'");
  session.exec(postgres::k_no_statement_timeout);  // the time to build an index depends on the size of its table
  session.exec("select pg_advisory_xact_lock($1)", {lock_key(session.schema())});
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

// Throws if a name is taken or a table differs.
bool is_complete(Session& session, const Registry& registry, std::span<const EmbeddedFile> migrations) {
  if (is_schema_missing(session) || !pending_migrations(session, migrations).empty())
    return false;
  check_names(session, {}, registry);
  return steps_for_feeds(session, registry).empty() && undeclared_feeds(session, registry).empty();
}

void run(Session& session, const std::vector<Step>& steps, Changes& changes) {
  for (const Step& step : steps) {
    step.run(session);
    if (!step.change.empty())
      changes.push_back(step.change);
  }
}

std::vector<std::string> changes_of(const std::vector<Step>& steps) {
  std::vector<std::string> changes;
  changes.reserve(steps.size());
  for (const Step& step : steps)
    changes.push_back(step.change);
  return changes;
}

// All changes in one transaction. What is missing is read again with the lock held: another process may have migrated
// in between. Loaders wait only if a step needs that.
Changes migrate_once(Session& session, const Registry& registry, std::span<const EmbeddedFile> migrations,
                     const std::string& declared_by) {
  Changes changes;
  begin_exclusive(session);
  if (is_schema_missing(session)) {
    create_schema(session);
    changes.push_back("schema " + session.schema());
  }
  require_schema(session);
  const std::vector<Migration> pending = pending_migrations(session, migrations);
  check_names(session, pending, registry);
  if (!pending.empty()) {
    create_migrations_table(session);
    lock_out_loaders(session);
    for (const Migration& migration : pending) {
      apply(session, migration);
      changes.push_back(migration.name);
    }
  }
  const std::vector<Step> steps = steps_for_feeds(session, registry);
  if (std::ranges::any_of(steps, &Step::locks_out_loaders))
    lock_out_loaders(session);
  run(session, steps, changes);
  run(session, steps_for_declarations(session, registry, declared_by), changes);
  session.commit();
  return changes;
}

}  // namespace

Changes migrate(Session& session, const Registry& registry, std::span<const EmbeddedFile> migrations,
                const std::string& declared_by) {
  for (int attempt = 1;; ++attempt) {
    try {
      // if nothing is missing, a role that cannot write ingest_feeds may run the daemon
      if (is_complete(session, registry, migrations))
        return {};
      return migrate_once(session, registry, migrations, declared_by);
    } catch (const Error& error) {
      session.rollback();
      if (error.fault() != Fault::contention || attempt == k_tries)
        throw;
      log::debug("migrate: waiting for another process: {}", error.what());
      std::this_thread::sleep_for(k_pause);
    }
  }
}

void check_schema(Session& session, const Registry& registry, std::span<const EmbeddedFile> migrations) {
  std::vector<std::string> missing;
  if (is_schema_missing(session))
    missing.push_back("the schema \"" + session.schema() + "\"");
  const std::vector<Migration> pending = pending_migrations(session, migrations);
  check_names(session, pending, registry);
  missing.reserve(missing.size() + pending.size());
  for (const Migration& migration : pending)
    missing.push_back(migration.name);
  if (missing.empty())
    missing = changes_of(steps_for_feeds(session, registry));
  if (missing.empty())
    for (const std::string& feed : undeclared_feeds(session, registry))
      missing.push_back("this declaration of feed \"" + feed + "\"");
  if (missing.empty())
    return;
  std::string text;
  for (const std::string& what : missing)
    text += (text.empty() ? "the database lacks " : ", ") + what;
  throw refuse(text, "longshore migrate");
}

}  // namespace longshore::store
