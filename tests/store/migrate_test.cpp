#include "store/migrate.hpp"

#include "base/error.hpp"
#include "store/catalog.hpp"
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

Feed gates(const std::string& columns, const std::string& key = R"("gate", "at")") {
  return parse_feed(R"(
name    = "gates"
files   = ["gates_*.json"]
records = [""]
table   = "gate_events"
key     = [)" + key + R"(]
latest  = { table = "gate", key = ["gate"], newest = "at" }
columns = [
  { name = "gate", from = "/gate", type = "text" },
  { name = "at",   from = "/at",   type = "timestamp" },
)" + columns + "]\n",
                    "feeds.d/gates.toml");
}

constexpr auto k_open = R"(  { name = "open", from = "/open", type = "boolean" },
)";
constexpr auto k_firmware = R"(  { name = "firmware", from = "/firmware/*", type = "text[]", required = false },
)";

Changes migrations(Engine engine) {
  Changes all = {"0001_ledger", "0002_vehicles", "0003_archive_path", "0004_ledger_indexes"};
  all.push_back(engine == Engine::sqlite ? "0005_detections_view" : "0006_times");
  return all;
}

Error refusal(store::Session& session, const Registry& registry) {
  try {
    store::migrate(session, registry);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::fatal);
    CHECK(error.exit() == Exit::config);
    CHECK(!error.hint().empty());
    return error;
  }
  FAIL("migrated");
  return {Fault::fatal, ""};
}

}  // namespace

TEST_CASE_ON_EACH_STORE("migrate makes what is missing, and a second time nothing") {
  const Registry registry = built_in();
  const auto session = store::open(target, Access::exclusive, "longshore/migrate");
  const Changes all = migrations(target.engine);
  std::string lacking;
  for (const std::string& name : all)
    lacking += (lacking.empty() ? "" : ", ") + name;
  CHECK_THROWS_WITH_AS(store::check_schema(*session, registry), ("the database lacks " + lacking).c_str(), Error);

  CHECK(store::migrate(*session, registry) == all);

  CHECK(store::migrate(*session, registry).empty());
  CHECK_NOTHROW(store::check_schema(*session, registry));
  const auto rows =
      session->exec("select version, name, length(checksum) from schema_migrations order by version").rows;
  std::vector<std::vector<store::Value>> expected;
  for (const std::string& name : all)
    expected.push_back({std::int64_t{name[3] - '0'}, name, std::int64_t{64}});
  CHECK(rows == expected);
}

TEST_CASE_ON_EACH_STORE("two daemons that migrate at once: one does it, both go on") {
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
  CHECK(done == migrations(target.engine).size() + 2);  // and two tables
}

TEST_CASE_ON_EACH_STORE("a database that a newer longshore made is refused") {
  const auto session = open_migrated(target, built_in());
  session->exec("insert into schema_migrations (version, name, checksum, applied_at) values "
                "(9000, '9000_future', 'x', '2030-01-01T00:00:00Z')");
  CHECK(std::string{refusal(*session, built_in()).what()} ==
        "the database has the migration 9000_future, which this longshore does not know");
  CHECK_THROWS_AS(store::check_schema(*session, built_in()), Error);
}

TEST_CASE_ON_EACH_STORE("a migration that was applied with another text is refused") {
  const auto session = open_migrated(target, built_in());
  session->exec("update schema_migrations set checksum = 'abc' where version = 1");
  CHECK(std::string{refusal(*session, built_in()).what()}.starts_with(
      "the migration 0001_ledger was applied with another text: checksum abc, here "));
}

TEST_CASE_ON_EACH_STORE("a user's feed brings its tables, and a nullable column that comes later") {
  const auto session = open_migrated(target, built_in());
  const Registry first = registry_of({gates(k_open)});
  const Registry second = registry_of({gates(std::string{k_open} + k_firmware)});

  CHECK(store::migrate(*session, first) == Changes{"table gate_events", "table gate"});
  CHECK_THROWS_WITH_AS(store::check_schema(*session, second),
                       "the database lacks gate_events.firmware, gate.firmware, gate.record_hash", Error);
  CHECK(store::migrate(*session, second) == Changes{"gate_events.firmware", "gate.firmware", "gate.record_hash"});
  CHECK(store::migrate(*session, second).empty());
  CHECK(store::migrate(*session, first).empty());  // a nullable column that is no longer declared does no harm
}

TEST_CASE_ON_EACH_STORE("a table of another shape is named, column by column, and left alone") {
  const auto session = open_migrated(target, registry_of({gates(k_open)}));
  const bool postgres = target.engine == store::Engine::postgres;
  const auto before = catalog(*session);

  const Error types = refusal(*session, registry_of({gates(R"(  { name = "open", from = "/open", type = "text" },
{ name = "speed", from = "/speed", type = "double" },
)")}));
  const std::string there = postgres ? "boolean" : "integer";
  CHECK(std::string{types.what()} ==
        "table \"gate_events\" differs from the feed \"gates\" (feeds.d/gates.toml): column \"open\" is " + there +
            " not null, declared text not null; column \"speed\" is missing, declared double not null");

  const Error dropped = refusal(*session, registry_of({gates("")}));
  CHECK(std::string{dropped.what()}.find("column \"open\" is " + there + " not null, but not declared") !=
        std::string::npos);

  const Error nullable =
      refusal(*session, registry_of({gates(R"(  { name = "open", from = "/open", type = "boolean", required = false },
)")}));
  CHECK(std::string{nullable.what()}.find("column \"open\" is " + there + " not null, declared " + there) !=
        std::string::npos);

  const Error key = refusal(*session, registry_of({gates(k_open, R"("at", "gate")")}));
  CHECK(std::string{key.what()}.find(
            R"(the primary key is ("gate", "at", "record_hash"), declared ("at", "gate", "record_hash"))") !=
        std::string::npos);
  CHECK(catalog(*session) == before);
}

TEST_CASE("a user's table has the indexes that lineage and time need") {
  const auto session = open_migrated(fresh_database(), registry_of({gates(k_open)}));
  const std::string text = catalog(*session).at("gate_events");
  CHECK(text.find("USING brin (at timestamptz_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')") !=
        std::string::npos);
  CHECK(text.find("USING brin (file_id int8_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')") !=
        std::string::npos);
}

TEST_CASE("an index of times that an earlier version made becomes one of several ranges, under the name that it has") {
  const store::Target target = fresh_database();
  const Registry registry = built_in();
  const auto session = open_migrated(target, registry);
  const auto as_made_now = catalog(*session);
  session->exec_script(
      "delete from schema_migrations where version = 6; drop statistics detection_events; drop statistics vehicle_status_history;"
      "drop index detection_events_detection_time_idx;"
      "create index detection_events_detection_time_idx on detection_events using brin (detection_time) with "
      "(pages_per_range = 256, autosummarize = on)");
  SUBCASE("both tables are there") {
    store::migrate(*session, registry);
    CHECK(catalog(*session) == as_made_now);
  }
  SUBCASE("one has partitions, whose indexes have other names") {
    session->exec_script(
        "alter table detection_events rename to old_events; drop view detections;"
        "create table detection_events (like old_events including all) partition by range (detection_time);"
        "create table events_2026 partition of detection_events for values from ('2026-01-01Z') to ('2027-01-01Z')");
    store::migrate(*session, registry);
    const std::string parent = "select count(*) from pg_index i join pg_opclass o on o.oid = i.indclass[0] where "
                               "opcname like 'timestamptz_minmax%' and indrelid = ";
    CHECK(store::as_int(session->exec(parent + "'detection_events'::regclass").rows[0][0]) == 1);
    CHECK(store::as_int(session->exec(parent + "'events_2026'::regclass").rows[0][0]) == 1);
    CHECK(store::as_int(session->exec(parent + "'old_events'::regclass").rows[0][0]) == 1);
  }
  SUBCASE("one was dropped by hand") {
    session->exec("drop table detection_events cascade");
    store::migrate(*session, registry);
    CHECK(catalog(*session).at("vehicle_status_history") == as_made_now.at("vehicle_status_history"));
  }
}

TEST_CASE("a table that was renamed does not keep its feed from a new one") {
  const Registry registry = registry_of({gates(k_open)});
  const auto session = open_migrated(fresh_database(), registry);
  session->exec("alter table gate_events rename to gate_events_of_last_year");
  CHECK(store::migrate(*session, registry) == Changes{"table gate_events"});
}

TEST_CASE("a role that may only write rows can run the daemon once the tables are there") {
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
  for (int i = 0; i < 2; ++i) {  // the second time by way of the temporary table
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
