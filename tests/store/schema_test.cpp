#include "store/catalog.hpp"
#include "store/migrate.hpp"
#include "store/schema_sql.hpp"
#include "support/each_store.hpp"
#include "support/places.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace longshore;
using namespace longshore::test;
using store::Engine;

TEST_CASE_ON_EACH_STORE("without the built-in feeds, a database has only the tables of the ledger") {
  const auto session = open_migrated(target, registry_of({}));
  std::vector<std::string> names;
  for (const auto& [name, lines] : catalog(*session))
    names.push_back(name);
  CHECK(names == std::vector<std::string>{"ingest_changes", "ingest_drift", "ingest_feeds", "ingest_horizons",
                                          "ingest_log", "ingest_overlap", "ingest_rejects", "ingest_task_feeds",
                                          "ingest_task_runs", "ingest_tasks", "load_history", "longshore_migrations",
                                          "reject_summary"});
}

TEST_CASE_ON_EACH_STORE(
    "the view and the index of built-in feeds follow their tables, a feed that replaces one has none") {
  const Registry registry = built_in();
  const auto session = open_migrated(target, registry);
  const auto complete = catalog(*session);
  CHECK(complete.contains("detections"));
  CHECK(complete.at("vehicle_status").find("vehicle_status_status") != std::string::npos);

  session->exec("drop view vehicle_overview");
  session->exec("drop view detections");
  session->exec("drop view detection_days");
  session->exec("drop table detection_events");
  CHECK(store::migrate(*session, registry).size() == 3);
  CHECK(catalog(*session) == complete);

  session->exec("drop view vehicle_overview");
  session->exec("drop view detections");
  session->exec("drop view detection_days");
  session->exec("drop table detection_events");
  Feed own = *registry.find("objects_detection");
  own.origin = "feeds.d/objects_detection.toml";
  CHECK(store::migrate(*session, registry_of({own})) == store::Changes{"table detection_events"});
  CHECK_FALSE(catalog(*session).contains("detections"));
}

TEST_CASE_ON_EACH_STORE("the types of the catalog's columns have the names of a feed declaration") {
  const auto session = open_migrated(target, built_in());
  using Columns = std::map<std::string, std::string>;
  const bool postgres = target.engine == Engine::postgres;
  CHECK(session->table_columns("detection_events") ==
        Columns{{"vehicle_id", "text not null"},
                {"detection_time", postgres ? "timestamp not null" : "text not null"},
                {"record_hash", postgres ? "bigint not null" : "integer not null"},
                {"object_types", postgres ? "text[] not null" : "text not null"},
                {"object_values", postgres ? "integer[] not null" : "text not null"},
                {"file_id", postgres ? "bigint not null" : "integer not null"}});
  CHECK(session->table_columns("no such table").empty());
  CHECK(session->primary_key("detection_events") ==
        std::vector<std::string>{"vehicle_id", "detection_time", "record_hash"});
  CHECK(session->primary_key("detections").empty());
}

TEST_CASE_ON_EACH_STORE("the files in schema/ agree with the catalog") {
  const auto session = open_migrated(target, built_in());
  const std::string path = source(target.engine == Engine::postgres ? "schema/postgres.sql" : "schema/sqlite.sql");
  std::string text =
      "-- The tables of the ledger and of the built-in feeds, as the database's catalog lists them. For reading only: a test compares\n"
      "-- this file with a new database, and LONGSHORE_RENEW_SNAPSHOTS=1 writes it again.\n";
  for (const auto& [name, lines] : catalog(*session))
    text += "\n" + lines;
  if (std::getenv("LONGSHORE_RENEW_SNAPSHOTS"))
    std::ofstream{path} << text;

  std::ifstream file{path};
  const std::string stored{std::istreambuf_iterator<char>{file}, {}};
  CHECK_MESSAGE(stored == text,
                path << " differs; LONGSHORE_RENEW_SNAPSHOTS=1 longshore_tests updates it; the catalog has:\n"
                     << text);
}

TEST_CASE("identifiers are quoted") {
  CHECK(store::sql_name("a\"b") == "\"a\"\"b\"");
  CHECK(store::sql_names({"a", "order"}) == "\"a\", \"order\"");
}
