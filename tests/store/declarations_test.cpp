#include "store/declarations.hpp"

#include "store/ledger.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

using namespace longshore;
using namespace longshore::test;
using namespace std::chrono_literals;

namespace {

Feed gates(const std::string& more = "", const std::string& origin = "feeds.d/gates.toml") {
  return parse_feed(R"(
name    = "gates"
files   = ["gates_*.json"]
records = [""]
table   = "gate_events"
key     = ["gate"]
columns = [
  { name = "gate", from = "/gate", type = "text" },
)" + more + "]\n",
                    origin);
}

constexpr auto k_note = R"({ name = "note", from = "/note", type = "text", required = false },
)";

void migrate(store::Session& session, const Feed& feed, const std::string& who) {
  store::migrate(session, registry_of({feed}), embedded_migrations(), who);
}

std::string declared(store::Session& session) {
  const auto declarations = store::begin_load(session, store::LoadOrder::straight).declarations;
  session.rollback();
  return declarations.contains("gates") ? declarations.at("gates") : "";
}

}  // namespace

TEST_CASE("comments and layout do not enter the declaration of a feed, every option does") {
  const std::string declaration = gates().declaration;
  CHECK(declaration == "7f7b634c013ea58702df0686dd2b4304");  // the same for each version of longshore
  CHECK(gates("# a comment\n\n", "elsewhere.toml").declaration == declaration);
  CHECK(gates(k_note).declaration != declaration);
}

TEST_CASE_ON_EACH_STORE("the last process that migrates decides which declaration is in force") {
  const auto session = open_migrated(target, registry_of({}));
  CHECK(declared(*session).empty());
  migrate(*session, gates(), "instance a on host-1");
  CHECK(declared(*session) == gates().declaration);
  migrate(*session, gates(k_note, "/b/gates.toml"), "instance b on host-2");
  CHECK(declared(*session) == gates(k_note).declaration);
  const std::string text = store::describe_difference(*session, gates());
  CHECK_MESSAGE(
      text.starts_with("this process has its declaration from feeds.d/gates.toml, the database has another one from "
                       "/b/gates.toml, declared by instance b on host-2 at 20"),
      text);
  migrate(*session, gates(), "instance a on host-1");
  CHECK(declared(*session) == gates().declaration);
}

TEST_CASE("a change of tables waits for the loads under way, and locks out new ones") {
  const store::Target target = fresh_database();
  const auto loader = open_migrated(target, registry_of({gates()}));
  const auto migrator = store::open(target, store::Access::read_write, "longshore/tests");
  store::begin_load(*loader, store::LoadOrder::straight);
  std::atomic<bool> is_done{false};
  std::thread other{[&] {
    migrate(*migrator, gates(k_note), "b");
    is_done = true;
  }};
  std::this_thread::sleep_for(500ms);
  CHECK_FALSE(is_done);
  loader->exec("insert into gate_events (gate, record_hash, file_id) values ('a', 1, 1)");
  loader->commit();
  other.join();
  CHECK(declared(*loader) == gates(k_note).declaration);
  CHECK(loader->table_columns("gate_events").contains("note"));
}

TEST_CASE("a feed that the database does not have yet gets its tables without waiting for the loads of others") {
  const store::Target target = fresh_database();
  const auto loader = open_migrated(target, registry_of({}));
  const auto migrator = store::open(target, store::Access::read_write, "longshore/tests");
  store::begin_load(*loader, store::LoadOrder::straight);

  migrate(*migrator, gates(), "b");

  CHECK(migrator->table_columns("gate_events").contains("gate"));
  loader->rollback();
}

TEST_CASE("a lone file that waited for a change of its declaration is not loaded") {
  const store::Target target = fresh_database();
  const Feed feed = gates();
  const auto loader = open_migrated(target, registry_of({feed}));
  const auto migrator = store::open(target, store::Access::read_write, "longshore/tests");
  const auto begin = [&](const std::string& name) {
    store::LedgerRow row;
    row.claim = "claim";
    row.file_name = name;
    row.feed = feed.name;
    row.sha256 = name;
    RowBatch window{feed};
    RowMaker{window}.text(name).to_file(0);
    return store::Ledger{*loader}.begin(row, window);
  };
  REQUIRE(begin("a").file_id);  // prepares the statement
  loader->commit();

  migrator->begin();
  store::lock_out_loaders(*migrator);
  migrator->exec("update ingest_feeds set declaration = 'other'");
  std::optional<std::int64_t> file_id{0};
  std::thread waiting{[&] { file_id = begin("b").file_id; }};
  std::this_thread::sleep_for(500ms);
  migrator->commit();
  waiting.join();

  CHECK_FALSE(file_id.has_value());
  CHECK(loader->exec("select gate from gate_events").rows == std::vector<std::vector<store::Value>>{{"a"}});
}

TEST_CASE("a role without the right to create tables can declare a feed whose tables fit") {
  store::Target target = fresh_database();
  open_migrated(target, registry_of({gates(k_note)}))
      ->exec_script("drop role if exists declarer; create role declarer login;"
                    "grant select, insert, update on all tables in schema public to declarer");
  target.location += " user=declarer";
  const auto session = store::open(target, store::Access::read_write, "longshore/tests");
  CHECK(store::migrate(*session, registry_of({gates()})) == store::Changes{"declaration gates"});
  CHECK(declared(*session) == gates().declaration);
}
