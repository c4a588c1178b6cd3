// Tables follow the declarations of feeds: created, compared, made wider, and filled from the history.
#include "store/table_steps.hpp"

#include "base/error.hpp"
#include "store/catalog.hpp"
#include "store/gates.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;
using store::Access;
using store::Changes;
using store::Engine;

namespace {

std::string column_of_type(const std::string& type) {
  return "  { name = \"n\", from = \"/n\", type = \"" + type + "\" },\n";
}

}  // namespace

TEST_CASE_ON_EACH_STORE("a user's feed gets its tables, and later a new nullable column") {
  const auto session = open_migrated(target, built_in());
  const Registry first = registry_of({gates(k_open)});
  const Registry second = registry_of({gates(std::string{k_open} + k_firmware)});

  CHECK(store::migrate(*session, first) == Changes{"table gate_events", "table gate"});
  CHECK_THROWS_WITH_AS(store::check_schema(*session, second),
                       "the database lacks gate_events.firmware, gate.firmware, gate.record_hash", Error);
  CHECK(store::migrate(*session, second) ==
        Changes{"gate_events.firmware", "gate.firmware", "gate.record_hash", "declaration gates"});
  CHECK(store::migrate(*session, second).empty());
  // a nullable column that is not declared any more is accepted
  CHECK(store::migrate(*session, first) == Changes{"declaration gates"});
}

TEST_CASE_ON_EACH_STORE("a table that differs from its feed is reported by column and not changed") {
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
  if (postgres)
    CHECK(dropped.hint() ==
          "stop longshore, then run: alter table \"gate_events\" alter column \"open\" drop not null;");

  const Error key = refusal(*session, registry_of({gates(k_open, R"("at", "gate")")}));
  CHECK(std::string{key.what()}.find(
            R"(the primary key is ("gate", "at", "record_hash"), declared ("at", "gate", "record_hash"))") !=
        std::string::npos);
  CHECK(catalog(*session) == before);
}

TEST_CASE_ON_EACH_STORE("a column of the administrator that fills itself is accepted, now and at the next migration") {
  const auto session = open_migrated(target, registry_of({gates(k_open)}));
  if (target.engine == Engine::postgres) {
    session->exec_script(R"(
create domain grade as text default 'a' not null;
alter table gate_events
  add column inserted_at timestamptz not null default now(),
  add column number bigint not null generated always as identity,
  add column day date not null generated always as ((at at time zone 'UTC')::date) stored,
  add column grade grade,
  add column note text;
)");
  } else {
    for (const char* column : {"inserted_by text not null default 'longshore'",
                               "day text not null generated always as (substr(at, 1, 10)) virtual", "note text"})
      session->exec_script("alter table gate_events add column " + std::string{column});
  }
  const auto before = catalog(*session);

  CHECK(store::migrate(*session, registry_of({gates(k_open)})).empty());
  CHECK_NOTHROW(store::check_schema(*session, registry_of({gates(k_open)})));

  CHECK(store::migrate(*session, registry_of({gates(std::string{k_open} + k_firmware)})).size() == 4);
  CHECK(session->table_columns("gate_events").contains("firmware"));
  CHECK(session->table_columns("gate_events").at("day").ends_with(" not null generated"));
  CHECK(before != catalog(*session));
}

TEST_CASE_ON_EACH_STORE(
    "a column of the administrator that must be filled, or a declared one that fills itself, is refused") {
  const auto session = open_migrated(target, registry_of({gates(k_open)}));
  if (target.engine == Engine::postgres) {
    session->exec_script(R"(
alter table gate_events add column depot text not null;
alter table gate_events add column firmware text[] generated always as (array[gate]) stored;
)");
    const Error error = refusal(*session, registry_of({gates(std::string{k_open} + k_firmware)}));
    CHECK(std::string{error.what()} ==
          "table \"gate_events\" differs from the feed \"gates\" (feeds.d/gates.toml): column \"firmware\" is text[] "
          "generated, so no file can set it; column \"depot\" is text not null, but not declared, and has no default");
  } else {
    session->exec_script("alter table gate_events add column firmware text generated always as (gate) virtual");
    const Error error = refusal(*session, registry_of({gates(std::string{k_open} + k_firmware)}));
    CHECK(std::string{error.what()} ==
          "table \"gate_events\" differs from the feed \"gates\" (feeds.d/gates.toml): column \"firmware\" is text "
          "generated, so no file can set it");
  }
}

TEST_CASE_ON_EACH_STORE(
    "a column that is not required any more loses its NOT NULL, in both tables, and keeps its rows") {
  const auto session = open_migrated(target, registry_of({gates(k_open)}));
  session->exec("insert into gate_events (gate, at, record_hash, open, file_id) "
                "values ('a', '2026-11-21T10:00:00.000000Z', 1, $1, 1)",
                {std::int64_t{1}});
  const Registry relaxed =
      registry_of({gates(R"(  { name = "open", from = "/open", type = "boolean", required = false },
)")});
  CHECK_THROWS_WITH_AS(store::check_schema(*session, relaxed),
                       "the database lacks gate_events.open nullable, gate.open nullable", Error);

  CHECK(store::migrate(*session, relaxed) ==
        Changes{"gate_events.open nullable", "gate.open nullable", "declaration gates"});

  CHECK(store::migrate(*session, relaxed).empty());
  for (const char* table : {"gate_events", "gate"})
    CHECK(session->table_columns(table).at("open") == (target.engine == Engine::postgres ? "boolean" : "integer"));
  const auto other = store::open(target, Access::read_write, "longshore/tests");
  for (store::Session* s : {session.get(), other.get()})
    s->exec("insert into gate_events (gate, at, record_hash, open, file_id) "
            "values ($1, '2026-11-21T10:00:00.000000Z', 2, null, 1)",
            {s == other.get() ? "b" : "c"});
  CHECK(session->exec("select count(*) from gate_events where open is null").rows[0][0] ==
        store::Value{std::int64_t{2}});
  if (target.engine == Engine::sqlite)
    CHECK(store::as_text(session->exec("pragma integrity_check").rows[0][0]) == "ok");
}

TEST_CASE("for a wider type the hint is the SQL that changes the table") {
  struct Change {
    const char* from;
    const char* to;
    const char* sql;  // "": it is not wider
  };
  for (const Change& change : std::initializer_list<Change>{
           {"integer", "bigint", "bigint"},
           {"integer", "numeric", "numeric"},
           {"bigint", "numeric(20,0)", "numeric(20,0)"},
           {"numeric(5,2)", "numeric(12,2)", "numeric(12,2)"},
           {"numeric(5,2)", "numeric", "numeric"},
           {"date", "timestamp", "timestamptz using \"n\"::timestamp at time zone 'UTC'"},
           {"integer", "double", ""},  // another hash
           {"numeric(5,2)", "numeric(12,1)", ""},
           {"numeric(5,2)", "numeric(5,3)", ""},
           {"numeric", "numeric(12,2)", ""},
           {"integer", "text", ""},
       }) {
    CAPTURE(change.from);
    CAPTURE(change.to);
    const auto session = open_migrated(fresh_database(), registry_of({gates(column_of_type(change.from))}));
    const Registry wider = registry_of({gates(column_of_type(change.to))});
    if (!*change.sql) {
      CHECK(refusal(*session, wider).hint().starts_with("alter the table or the declaration"));
      continue;
    }
    for (const char* table : {"gate_events", "gate"}) {
      const std::string sql = std::string{"alter table \""} + table + "\" alter column \"n\" type " + change.sql + ";";
      CHECK(refusal(*session, wider).hint() == "stop longshore, then run: " + sql);
      session->exec_script(sql);
    }
    CHECK_NOTHROW(store::migrate(*session, wider));
  }
}

TEST_CASE_ON_EACH_STORE("on SQLite another type needs a new table, except for a wider one that is stored alike") {
  if (target.engine != Engine::sqlite)
    return;
  const auto session = open_migrated(target, registry_of({gates(column_of_type("date"))}));
  const Error error = refusal(*session, registry_of({gates(column_of_type("timestamp"))}));
  CHECK(std::string{error.what()} == "table \"gate_events\" differs from the feed \"gates\" (feeds.d/gates.toml): "
                                     "column \"n\" was declared date, declared timestamp");
  CHECK(error.hint().find("SQLite cannot change the type of a column") != std::string::npos);

  session->exec_script("drop table gate_events; drop table gate; delete from ingest_feeds");
  store::migrate(*session, registry_of({gates(column_of_type("integer"))}));
  CHECK(refusal(*session, registry_of({gates(column_of_type("double"))})).hint().find("SQLite cannot") !=
        std::string::npos);
  CHECK(refusal(*session, registry_of({gates(column_of_type("boolean"))})).hint().find("SQLite cannot") !=
        std::string::npos);
  CHECK(store::migrate(*session, registry_of({gates(column_of_type("bigint"))})) == Changes{"declaration gates"});
}

TEST_CASE_ON_EACH_STORE("a latest table that is added later is filled from the history") {
  const std::string all = R"(
name    = "gates"
files   = ["gates_*.json"]
records = [""]
table   = "gate_events"
key     = ["gate", "at"]
columns = [
  { name = "gate", from = "/gate", type = "text" },
  { name = "at",   from = "/at",   type = "timestamp" },
  { name = "note", from = "/note", type = "text", required = false },
]
)";
  const Feed without = parse_feed(all, "gates.toml");
  const Feed with_latest =
      parse_feed(all + "latest = { table = \"gate\", key = [\"gate\"], newest = \"at\" }\n", "gates.toml");
  const auto session = open_migrated(target, registry_of({without}));
  for (int i = 1; i <= 3; ++i)
    session->exec(
        "insert into gate_events (gate, at, record_hash, note, file_id) values ('a', $1, $2, $3, $4), ('b', $1, $2, null, $4)",
        {"2026-11-21T10:00:0" + std::to_string(i % 3) + ".000000Z", std::int64_t{i}, "n" + std::to_string(i),
         std::int64_t{i}});

  CHECK(store::migrate(*session, registry_of({with_latest})) ==
        Changes{"table gate", "rows of gate from gate_events", "declaration gates"});

  using Values = std::vector<store::Value>;
  CHECK(session->exec("select gate, at, note, file_id from gate order by gate").rows ==
        std::vector<Values>{Values{"a", "2026-11-21T10:00:02.000000Z", "n2", std::int64_t{2}},
                            Values{"b", "2026-11-21T10:00:02.000000Z", store::Value{}, std::int64_t{2}}});
}

namespace {

// A feed with two times. `latest` is a line of TOML, or "".
Feed sightings(const std::string& latest) {
  return parse_feed(R"(
name    = "gates"
files   = ["gates_*.json"]
records = [""]
table   = "gate_events"
key     = ["gate", "at"]
columns = [
  { name = "gate", from = "/gate", type = "text" },
  { name = "at",   from = "/at",   type = "timestamp" },
  { name = "sent", from = "/sent", type = "timestamp" },
]
)" + latest,
                    "gates.toml");
}

constexpr auto k_newest_at = "latest = { table = \"gate\", key = [\"gate\"], newest = \"at\" }\n";
constexpr auto k_newest_sent = "latest = { table = \"gate\", key = [\"gate\"], newest = \"sent\" }\n";

void add_sighting(store::Session& session, std::int64_t file_id, const std::string& at, const std::string& sent) {
  session.exec("insert into gate_events (gate, at, sent, record_hash, file_id) values ('a', $1, $2, $3, $3)",
               {at + ".000000Z", sent + ".000000Z", file_id});
}

std::vector<std::vector<store::Value>> latest_file(store::Session& session) {
  return session.exec("select file_id from gate").rows;
}

using FileIds = std::vector<std::vector<store::Value>>;
const Changes k_filled{"rows of gate from gate_events", "declaration gates"};

}  // namespace

TEST_CASE_ON_EACH_STORE("a latest table that is declared again gets the rows that came without it") {
  const auto session = open_migrated(target, registry_of({sightings(k_newest_at)}));
  store::migrate(*session, registry_of({sightings("")}));
  add_sighting(*session, 1, "2026-11-21T10:00:00", "2026-11-21T10:00:00");
  CHECK_THROWS_WITH_AS(store::check_schema(*session, registry_of({sightings(k_newest_at)})),
                       "the database lacks rows of gate from gate_events", Error);

  CHECK(store::migrate(*session, registry_of({sightings(k_newest_at)})) == k_filled);

  CHECK(latest_file(*session) == FileIds{{std::int64_t{1}}});
  CHECK(store::migrate(*session, registry_of({sightings(k_newest_at)})).empty());
}

TEST_CASE_ON_EACH_STORE("if another column decides which row is newest, the latest table is compared again") {
  const auto session = open_migrated(target, registry_of({sightings("")}));
  add_sighting(*session, 1, "2026-11-21T10:00:00", "2026-11-22T10:00:00");
  add_sighting(*session, 2, "2026-11-21T11:00:00", "2026-11-21T11:00:00");
  store::migrate(*session, registry_of({sightings(k_newest_at)}));
  CHECK(latest_file(*session) == FileIds{{std::int64_t{2}}});

  CHECK(store::migrate(*session, registry_of({sightings(k_newest_sent)})) == k_filled);

  CHECK(latest_file(*session) == FileIds{{std::int64_t{1}}});
}

TEST_CASE_ON_EACH_STORE("a latest table is not filled with rows that are dated too far ahead of their file") {
  const auto session = open_migrated(target, registry_of({sightings("")}));
  for (int file_id = 1; file_id <= 2; ++file_id)
    session->exec("insert into ingest_log (file_id, claim, claimed_at, file_name, status) "
                  "values ($1, $2, '2026-11-21T10:00:00.000000Z', $2, 'loaded')",
                  {std::int64_t{file_id}, std::to_string(file_id)});
  add_sighting(*session, 1, "2026-11-22T09:00:00", "2026-11-21T10:00:00");
  add_sighting(*session, 2, "2099-01-01T00:00:00", "2026-11-21T10:00:00");

  store::migrate(*session, registry_of({sightings(k_newest_at)}));

  CHECK(latest_file(*session) == FileIds{{std::int64_t{1}}});
}

TEST_CASE_ON_EACH_STORE("a check fails if the database has another declaration of a feed, or none") {
  const auto session = open_migrated(target, built_in());
  const Registry first = registry_of({gates(k_open)});
  store::migrate(*session, first);
  const Registry other = registry_of({gates(R"(  { name = "open", from = "/is_open", type = "boolean" },
)")});
  CHECK_THROWS_WITH_AS(store::check_schema(*session, other), "the database lacks this declaration of feed \"gates\"",
                       Error);
  session->exec("delete from ingest_feeds");
  CHECK_THROWS_WITH_AS(store::check_schema(*session, first), "the database lacks rows of gate from gate_events", Error);
  store::migrate(*session, first);
  CHECK_NOTHROW(store::check_schema(*session, first));
}

TEST_CASE("a user's table has indexes on file_id and time") {
  const auto session = open_migrated(fresh_database(), registry_of({gates(k_open)}));
  const std::string text = catalog(*session).at("gate_events");
  CHECK(text.find("USING brin (at timestamptz_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')") !=
        std::string::npos);
  CHECK(text.find("USING brin (file_id int8_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')") !=
        std::string::npos);
}
