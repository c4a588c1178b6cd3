#include "store/migrate.hpp"

#include "base/error.hpp"
#include "store/catalog.hpp"
#include "store/gates.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace longshore;
using namespace longshore::test;
using store::Access;
using store::Changes;
using store::Engine;

namespace {

constexpr auto k_baseline = "0001_baseline";

// The compiled-in migrations and these.
std::vector<EmbeddedFile> with_later(std::initializer_list<EmbeddedFile> later) {
  const auto files = embedded_migrations();
  std::vector<EmbeddedFile> all{files.begin(), files.end()};
  all.insert(all.end(), later);
  return all;
}

}  // namespace

TEST_CASE_ON_EACH_STORE("the first migrate creates the tables, the second finds nothing to do") {
  const Registry registry = built_in();
  const auto session = store::open(target, Access::exclusive, "longshore/migrate");
  CHECK_THROWS_WITH_AS(store::check_schema(*session, registry), "the database lacks 0001_baseline", Error);

  const std::string engine = target.engine == Engine::postgres ? "postgres" : "sqlite";
  CHECK(store::migrate(*session, registry) ==
        Changes{k_baseline, "table detection_events", "script objects_detection." + engine + ".sql",
                "table vehicle_status_history", "table vehicle_status", "script vehicles_status.sql",
                "script objects_detection+vehicles_status." + engine + ".sql"});

  CHECK(store::migrate(*session, registry).empty());
  CHECK_NOTHROW(store::check_schema(*session, registry));
  const auto rows =
      session->exec("select version, name, length(checksum) from longshore_migrations order by version").rows;
  CHECK(rows == std::vector<std::vector<store::Value>>{{std::int64_t{1}, k_baseline, std::int64_t{64}}});
}

TEST_CASE_ON_EACH_STORE("four processes migrate at the same time: one applies the changes, and all continue") {
  const Registry registry = registry_of({gates(k_open)});
  std::vector<Changes> changes(4);
  std::vector<std::string> failures(4);
  std::vector<std::thread> daemons;
  for (std::size_t i = 0; i < 4; ++i)
    daemons.emplace_back([&, i] {
      try {
        const auto session = store::open(target, Access::read_write, "longshore/migrate");
        changes[i] = store::migrate(*session, registry);
        store::check_schema(*session, registry);
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    });
  for (std::thread& daemon : daemons)
    daemon.join();

  CHECK(failures == std::vector<std::string>(4));
  std::size_t done = 0;
  for (const Changes& change : changes)
    done += change.size();
  CHECK(done == 3);  // the baseline and two tables
}

TEST_CASE_ON_EACH_STORE("a database of a newer longshore version is refused") {
  const auto session = open_migrated(target, built_in());
  session->exec("insert into longshore_migrations (version, name, checksum, applied_at) values "
                "(9000, '9000_future', 'x', '2030-01-01T00:00:00Z')");
  CHECK(std::string{refusal(*session, built_in()).what()} ==
        "the database is newer than this longshore: it has the unknown migration 9000_future");
  CHECK_THROWS_AS(store::check_schema(*session, built_in()), Error);
}

TEST_CASE_ON_EACH_STORE("an application's own schema_migrations is neither read nor changed") {
  const auto session = store::open(target, Access::exclusive, "longshore/migrate");
  session->exec("create table schema_migrations (version varchar(20) primary key)");
  session->exec("insert into schema_migrations values ('20240101000000')");

  CHECK(store::migrate(*session, built_in()).front() == k_baseline);
  CHECK_NOTHROW(store::check_schema(*session, built_in()));

  CHECK(session->exec("select version from schema_migrations").rows ==
        std::vector<std::vector<store::Value>>{{"20240101000000"}});
}

TEST_CASE_ON_EACH_STORE("a migration that was applied with another text is refused") {
  const auto session = open_migrated(target, built_in());
  session->exec("update longshore_migrations set checksum = 'abc' where version = 1");
  CHECK(std::string{refusal(*session, built_in()).what()}.starts_with(
      "the migration was applied with another text: 0001_baseline, checksum abc in the database, "));
}

TEST_CASE_ON_EACH_STORE("a later migration is applied once to an existing database") {
  const Registry registry = built_in();
  const auto session = open_migrated(target, registry);
  const auto files =
      with_later({{"0002_note.sql", "create table note (id bigint primary key); drop view detections;"}});
  CHECK_THROWS_WITH_AS(store::check_schema(*session, registry, files), "the database lacks 0002_note", Error);

  CHECK(store::migrate(*session, registry, files) == Changes{"0002_note"});

  CHECK(store::migrate(*session, registry, files).empty());
  CHECK(catalog(*session).contains("note"));
  CHECK_FALSE(catalog(*session).contains("detections"));
  CHECK(std::string{refusal(*session, registry).what()} ==
        "the database is newer than this longshore: it has the unknown migration 0002_note");
}

TEST_CASE_ON_EACH_STORE("a migration that fails undoes the ones before it, and runs again after a fix") {
  const Registry registry = built_in();
  const auto session = open_migrated(target, registry);
  const auto before = catalog(*session);
  const EmbeddedFile second{"0002_note.sql", "create table note (id bigint primary key)"};

  CHECK_THROWS_AS(store::migrate(*session, registry,
                                 with_later({second,
                                             {"0003_broken.sql", "create table other (id bigint);"
                                                                 "insert into no_such_table values (1)"}})),
                  Error);

  CHECK(catalog(*session) == before);
  CHECK_NOTHROW(store::check_schema(*session, registry));
  CHECK(
      store::migrate(*session, registry, with_later({second, {"0003_other.sql", "create table other (id bigint)"}})) ==
      Changes{"0002_note", "0003_other"});
}

TEST_CASE_ON_EACH_STORE("a migration for one engine is not applied to the other") {
  const Registry registry = built_in();
  const auto session = open_migrated(target, registry);
  const auto files = with_later({{"0002_first.postgres.sql", "create table first (id bigint)"},
                                 {"0002_first.sqlite.sql", "create table first (id integer) strict"},
                                 {"0003_second.sqlite.sql", "create table second (id integer) strict"}});
  const bool sqlite = target.engine == Engine::sqlite;

  CHECK(store::migrate(*session, registry, files) ==
        (sqlite ? Changes{"0002_first", "0003_second"} : Changes{"0002_first"}));

  CHECK(catalog(*session).contains("second") == sqlite);
}

TEST_CASE("after a table was renamed, its feed gets a new one") {
  const Registry registry = registry_of({gates(k_open)});
  const auto session = open_migrated(fresh_database(), registry);
  session->exec("alter table gate_events rename to gate_events_of_last_year");
  CHECK(store::migrate(*session, registry) == Changes{"table gate_events"});
}

TEST_CASE("a role that may only write rows can run the daemon after the tables exist") {
  store::Target target = fresh_database();
  const Registry registry = built_in();
  {
    const auto owner = open_migrated(target, registry);
    owner->exec_script("drop role if exists loader; create role loader login;"
                       "grant select, insert, update, delete on all tables in schema public to loader;"
                       "grant usage on all sequences in schema public to loader");
  }
  target.location += " user=loader";
  const auto session = store::open(target, Access::exclusive, "longshore/daemon");

  CHECK(store::migrate(*session, registry).empty());
  CHECK_NOTHROW(store::check_schema(*session, registry));
  const Feed& feed = *registry.find("vehicles_status");
  for (int i = 0; i < 2; ++i) {  // the second load uses the temporary table
    RowBatch batch{feed};
    add_status(batch, 0, "a", "2026-11-21T10:00:00Z", "driving");
    store::LoadCounts counts;
    counts.loaded.resize(1);
    const std::vector<std::int64_t> file_ids{i + 1};
    session->begin();
    session->load(batch, file_ids, counts);
    session->finish_load(feed, file_ids, counts);
    session->commit();
    CHECK(counts.loaded[0] == (i == 0 ? 1 : 0));
  }
}
