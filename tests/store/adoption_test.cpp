// A user's own table as the latest table of a feed without a history: what is refused before a file is claimed.
#include "store/adoption.hpp"

#include "base/error.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;
using store::Access;
using store::Changes;

namespace {

Registry positions(const std::string& more = "history = false", const std::string& latest = "vehicle_position",
                   const std::string& columns = "") {
  return Registry{{parse_feed(R"(
name    = "positions"
files   = ["positions_*.json"]
records = [""]
latest  = { table = ")" + latest + R"(", key = ["vehicle"], newest = "at" }
)" + more + R"(
columns = [
  { name = "vehicle", from = "/vehicle", type = "text" },
  { name = "at",      from = "/at",      type = "timestamp" },
  { name = "place",   from = "/place",   type = "text", required = false },
)" + columns + "]\n",
                              "feeds.d/positions.toml")}};
}

constexpr auto k_history = "table = \"positions\"\nkey = [\"vehicle\", \"at\"]";

std::unique_ptr<store::Session> open(const store::Target& target) {
  return store::open(target, Access::read_write, "longshore/tests");
}

// "TEXT | HINT" of the refusal, also of one that changes nothing.
std::string refusal_of(store::Session& session, const Registry& registry) {
  std::string text;
  try {
    store::migrate(session, registry);
    return "not refused";
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::config);
    text = std::string{error.what()} + " | " + error.hint();
  }
  return text;
}

std::string timestamp_of(const store::Target& target) {
  return target.engine == store::Engine::postgres ? "timestamptz" : "text";
}

std::string table_sql(const store::Target& target, const std::string& more) {
  return "create table vehicle_position (vehicle text primary key, at " + timestamp_of(target) +
         " not null, place text" + more + ")";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_ON_EACH_STORE("a user's table with values in file_id or record_hash is refused, and not changed") {
  const auto session = open(target);
  const std::string bigint = target.engine == store::Engine::postgres ? "bigint" : "integer";
  const std::string tags = "  { name = \"tags\", from = \"/tags/*\", type = \"text[]\", required = false },\n";
  session->exec_script(table_sql(target, ", file_id " + bigint + ", record_hash " + bigint) +
                       "; insert into vehicle_position (vehicle, at, file_id, record_hash) values ('a', '2026-01-01', "
                       "7, 8)");
  CHECK(
      refusal_of(*session, positions()) ==
      "table \"vehicle_position\" has values in file_id that the feed \"positions\" (feeds.d/positions.toml) did not "
      "write: it would overwrite them | rename that column, or give `latest` another table; if nothing else needs the "
      "values: update \"vehicle_position\" set file_id = null");
  CHECK(store::as_int(session->exec("select file_id from vehicle_position").rows[0][0]) == 7);
  session->exec("update vehicle_position set file_id = null");
  CHECK(contains(refusal_of(*session, positions("history = false", "vehicle_position", tags)),
                 "has values in record_hash that the feed"));
  session->exec("update vehicle_position set record_hash = null");
  CHECK(store::migrate(*session, positions("history = false", "vehicle_position", tags)).back() ==
        "table vehicle_position taken over");
}

TEST_CASE_ON_EACH_STORE("a feed that writes file_id into its table is not refused later") {
  const auto session = open(target);
  session->exec_script(table_sql(target, ""));
  store::migrate(*session, positions());
  session->exec("insert into vehicle_position (vehicle, at, file_id) values ('a', '2026-01-01', 7)");
  CHECK(store::migrate(*session, positions()).empty());
  CHECK(!store::migrate(*session, positions("history = false", "vehicle_position",
                                            "  { name = \"x\", from = \"/x\", type = \"text\", required = false },\n"))
             .empty());
}

TEST_CASE_ON_EACH_STORE("a feed that was declared before does not drop NOT NULL of another table of the user") {
  const auto session = open(target);
  const bool had_history = target.engine == store::Engine::postgres;
  store::migrate(*session, had_history ? positions(k_history, "position_now") : positions("history = false", "other"));
  session->exec_script("create table vehicle_position (vehicle text primary key, at " + timestamp_of(target) +
                       " not null, place text not null)");
  CHECK(contains(refusal_of(*session, positions()), "column \"place\" is text not null, declared text"));
  CHECK(session->table_columns("vehicle_position").at("place") == "text not null");
}

TEST_CASE_ON_EACH_STORE("a feed that loses its history and gets another latest table finds its newest rows there") {
  const auto session = open(target);
  const std::string old = "  { name = \"speed\", from = \"/speed\", type = \"double\", required = false },\n";
  const std::string more = "  { name = \"note\", from = \"/note\", type = \"text\", required = false },\n";
  store::migrate(*session, positions(k_history, "position_now", old));
  session->exec(R"(
insert into positions (vehicle, at, record_hash, place, speed, file_id)
values ('a', '2026-01-01T08:00:00Z', 1, 'depot', 1.5, 1),
       ('a', '2026-01-01T09:00:00Z', 2, 'gate', 2.5, 2),
       ('b', '2026-01-01T07:00:00Z', 3, null, null, 2)
)");
  SUBCASE("a new one") {}
  SUBCASE("a user's own, with a newer and an older row") {
    session->exec_script(table_sql(target, "") +
                         "; insert into vehicle_position values ('a', '2026-01-01T08:30:00Z', 'older'), ('c', "
                         "'2026-01-01T00:00:00Z', 'mine')");
  }
  CHECK(
      contains(refusal_of(*session, positions("history = false", "vehicle_position",
                                              "  { name = \"speed\", from = \"/speed\", type = \"text\", required = "
                                              "false },\n")),
               "the newest rows of \"positions\" cannot be moved to \"vehicle_position\", the new latest table of the "
               "feed \"positions\" (feeds.d/positions.toml): column \"speed\" was declared double, declared text"));
  const Changes changes = store::migrate(*session, positions("history = false", "vehicle_position", old + more));
  CHECK(std::ranges::find(changes, "rows of vehicle_position from positions") != changes.end());
  const store::Rows rows = session->exec(
      "select vehicle, place, speed, note, file_id from vehicle_position where vehicle <> 'c' order by vehicle");
  REQUIRE(rows.size() == 2);
  CHECK(store::as_text(rows.rows[0][1]) == "gate");
  CHECK(store::as_int(rows.rows[0][4]) == 2);
  CHECK(store::as_text(rows.rows[1][0]) == "b");
  CHECK(store::migrate(*session, positions("history = false", "vehicle_position", old + more)).empty());
}

TEST_CASE("an identity that accepts no values, and a deferrable primary key, are refused with the SQL that helps") {
  const store::Target target = fresh_database();
  const auto session = open(target);
  session->exec_script(
      "create table vehicle_position (vehicle text, at timestamptz not null, place text, number bigint not null generated "
      "always as identity, id integer not null generated always as identity, constraint mine primary key (vehicle) "
      "deferrable)");
  const Registry registry = positions("history = false", "vehicle_position",
                                      "  { name = \"number\", from = \"/number\", type = \"bigint\" },\n");
  std::string refusal = refusal_of(*session, registry);
  const std::string hint =
      "stop longshore, then run: alter table \"vehicle_position\" drop constraint \"mine\", add primary key "
      "(\"vehicle\"); alter table \"vehicle_position\" alter column \"number\" set generated by default;";
  CHECK(refusal ==
        "table \"vehicle_position\" differs from the feed \"positions\" (feeds.d/positions.toml): the primary key is "
        "deferrable, so no upsert can use it; column \"number\" is bigint not null generated always as identity, so no "
        "file can set it | " +
            hint);
  session->exec_script(hint.substr(hint.find("alter")));
  CHECK(store::migrate(*session, registry).back() == "table vehicle_position taken over");
}
