// A database in which an application already has names that longshore needs: nothing is created, and the message says so.
#include "store/taken_names.hpp"

#include "base/error.hpp"
#include "store/catalog.hpp"
#include "store/gates.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace longshore;
using namespace longshore::test;
using store::Access;
using store::Engine;

namespace {

std::string owner_of(const store::Target& target) { return target.engine == Engine::postgres ? " of longshore" : ""; }

std::unique_ptr<store::Session> open(const store::Target& target) {
  return store::open(target, Access::read_write, "longshore/tests");
}

}  // namespace

TEST_CASE_ON_EACH_STORE(
    "tables, views and indexes of an application with longshore's names are all named, and nothing is created") {
  const auto session = open(target);
  session->exec_script(R"(
create table ingest_log (id integer primary key, note text);
create view ingest_feeds as select id from ingest_log;
create index ingest_overlap on ingest_log (note);
create view detections as select id from ingest_log;
create table detection_events (id integer primary key);
create table longshore_migrations (version integer primary key);
)");
  const auto before = catalog(*session);
  const std::string of = owner_of(target);

  const Error error = refusal(*session, built_in());

  CHECK(std::string{error.what()} ==
        "longshore needs names that something else in the database has: longshore_migrations (table" + of +
            "), ingest_log (table" + of + "), ingest_overlap (index" + of + "), ingest_feeds (view" + of +
            "), detection_events (table" + of + "); nothing was created");
  CHECK(error.hint() == std::string{target.engine == Engine::postgres
                                        ? "give longshore a schema of its own (schema = \"NAME\"), or another database"
                                        : "give longshore an SQLite file of its own"} +
                            "; or rename what is there; for a feed, `table` or `latest` names another table");
  CHECK(catalog(*session) == before);
  CHECK_THROWS_WITH_AS(store::check_schema(*session, built_in()), error.what(), Error);
}

TEST_CASE_ON_EACH_STORE("an application's view with the name of a built-in one is not replaced") {
  const auto session = open(target);
  session->exec_script(
      "create table sightings (id integer primary key); create view detections as select id from sightings");
  const auto before = catalog(*session);

  CHECK(std::string{refusal(*session, built_in()).what()} ==
        "longshore needs names that something else in the database has: detections (view" + owner_of(target) +
            "); nothing was created");

  CHECK(catalog(*session) == before);
  const auto without = registry_of({gates(k_open)});
  CHECK(store::migrate(*session, without).size() == 3);  // a feed without that view
}

TEST_CASE_ON_EACH_STORE(
    "a new feed whose table belongs to an application is refused, and its other table is not created") {
  const auto session = open_migrated(target, built_in());
  session->exec_script("create table gate (gate text primary key, at text)");

  CHECK(std::string{refusal(*session, registry_of({gates(k_open)})).what()} ==
        "longshore needs names that something else in the database has: gate (table" + owner_of(target) +
            "); nothing was created");

  CHECK(session->table_columns("gate_events").empty());
  session->exec_script("alter table gate rename to gates_of_the_application");
  CHECK_NOTHROW(store::migrate(*session, registry_of({gates(k_open)})));
}

TEST_CASE_ON_EACH_STORE(
    "a table that longshore made is taken over by a feed that the database does not have any more") {
  const auto session = open_migrated(target, registry_of({gates(k_open)}));
  session->exec("delete from ingest_feeds");
  CHECK_NOTHROW(store::migrate(*session, registry_of({gates(k_open)})));
}

TEST_CASE("types and sequences of an application are found on PostgreSQL, and tables of another schema are not") {
  const auto session = open(fresh_database());
  session->exec_script(R"(
create type ingest_drift as enum ('a');
create sequence ingest_log;
create schema app;
create table app.ingest_rejects (id int);
)");
  CHECK(
      std::string{refusal(*session, built_in()).what()} ==
      "longshore needs names that something else in the database has: ingest_log (sequence of longshore), ingest_drift "
      "(type of longshore); nothing was created");
  session->exec_script("drop type ingest_drift; drop sequence ingest_log");
  CHECK_NOTHROW(store::migrate(*session, built_in()));
}

TEST_CASE_ON_EACH_STORE("the names that are looked up are those that the baseline creates") {
  std::set<std::string> names{"longshore_migrations"};
  const std::string_view other = target.engine == Engine::postgres ? ".sqlite.sql" : ".postgres.sql";
  for (const EmbeddedFile& file : embedded_migrations())
    if (!file.name.ends_with(other))
      for (const std::string& name : store::created_names(file.text))
        names.insert(name);
  const auto session = open_migrated(target, registry_of({}));
  const bool postgres = target.engine == Engine::postgres;
  std::set<std::string> there;
  const store::Rows found = session->exec(
      postgres
          ? "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'i') "
            "and relname not like '%\\_pkey'"
          : "select name from sqlite_schema where name not like 'sqlite%'");
  for (const auto& row : found.rows)
    there.insert(store::as_text(row[0]));
  CHECK(names == there);
}
