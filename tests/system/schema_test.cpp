// The setting `schema`: longshore's tables in a schema of their own, without a search_path of the role, and also
// through PgBouncer in transaction mode.
#include "base/error.hpp"
#include "cli/run_program.hpp"
#include "store/migrate.hpp"
#include "store/preflight.hpp"
#include "support/each_store.hpp"
#include "support/pooler.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr auto k_odd = R"(My "odd", schema)";

std::unique_ptr<store::Session> admin_of(const store::Target& target) {
  return store::open({target.engine, target.location}, store::Access::read_write, "longshore/tests");
}

// "SCHEMA tables" for each schema with tables of longshore.
std::vector<std::string> schemas_in(const store::Target& target) {
  std::vector<std::string> schemas;
  for (const auto& row :
       admin_of(target)
           ->exec("select schemaname, count(*) from pg_tables where schemaname !~ '^pg_' and schemaname "
                  "<> 'information_schema' group by 1 order by schemaname collate \"C\"")
           .rows)
    schemas.push_back(store::as_text(row[0]) + " " + store::as_text(row[1]));
  return schemas;
}

// The output of a command on the pipeline's database and directories.
Finished run_command(const Pipeline& p, std::vector<std::string> words) {
  words.insert(words.end(), {"--database", p.config.database, "--schema", p.config.schema});
  return run_longshore(words);
}

// A lone file, a batch with a duplicate row and a reject, and a large file.
void load_each_way(Pipeline& p, const std::string& day) {
  p.config.large_file = 20'000;
  p.drop(routed(day + "-lone"), events(event("lone", day + "T08:00:00Z")));
  CHECK(p.run_once() == Exit::ok);
  p.drop(routed(day + "-1"), events(event("a", day + "T08:00:00Z")));
  p.drop(routed(day + "-2"), events(event("a", day + "T08:00:00Z") + "," + event("b", day + "T08:00:00Z") + ",{}"));
  p.drop(routed(day + "-large"), document("large", 300));
  p.drop("vehicles_status_" + day + ".json", statuses(status("a", day + "T08:00:00Z", "driving")));
  CHECK(p.run_once() == Exit::ok);
  p.check_books();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("with `schema`, files of every kind are loaded into it, it is created, and every command reads it") {
    const char* schema = nullptr;
    SUBCASE("a plain name") { schema = "fleet"; }
    SUBCASE("a name that must be quoted") { schema = k_odd; }
    store::Target target = fresh_database();
    target.schema = schema;
    Pipeline p{target};

    load_each_way(p, "2026-01-01");

    CHECK(schemas_in(target) == std::vector<std::string>{std::string{schema} + " 14"});
    CHECK(p.one("select count(*) from detection_events") == "303");
    CHECK(p.one("select count(*) from detections") == "303");
    CHECK(p.one("select status from vehicle_status") == "driving");
    CHECK(p.one("select sum(rows) from ingest_overlap") == "1");
    CHECK(p.one("select count(*) from ingest_rejects where raw = '{}'") == "1");

    const std::string redacted = "schema \"" + std::string{schema} + "\"";
    const auto listed = run_command(p, {"status", "--landing", p.config.landing});
    CHECK(listed.exit == 0);
    CHECK_MESSAGE(listed.out.find("\nrows_loaded\tobjects_detection\tloaded\t302\n") != std::string::npos, listed.out);
    CHECK(tab_lines(run_command(p, {"log"}).out).size() == 6);
    CHECK(run_command(p, {"rejects", "3", "--landing", p.config.landing}).exit == 0);
    CHECK(run_command(p, {"feeds", "drift", "objects_detection"}).exit == 0);
    CHECK(run_command(p, {"migrate", "--check"}).out.find(redacted + " has all tables\n") != std::string::npos);
    const auto replayed = run_command(p, {"replay", "--feed", "objects_detection", "--landing", p.config.landing});
    CHECK_MESSAGE(replayed.exit == 0, replayed.err);
    CHECK(p.one("select min(attempt) from ingest_log where feed = 'objects_detection'") == "2");
    const auto verified = run_command(p, {"verify", "--landing", p.config.landing});
    CHECK_MESSAGE(verified.exit == 0, (verified.out + verified.err));
    p.check_books();
  }

  TEST_CASE("two daemons with two schemas in one database load side by side, without a table elsewhere") {
    store::Target first = fresh_database();
    store::Target second = first;
    first.schema = "fleet";
    second.schema = k_odd;
    Pipeline one{first};
    Pipeline two{second};
    Workload work{one};
    Workload other{two};
    one.config.once = two.config.once = false;
    Running a{one};
    Running b{two};
    work.drop_small(20);
    other.drop_small(30, 2);
    work.drop_large(2'000);
    other.drop_large(3'000);
    CHECK(eventually([&] { return work.is_done() && other.is_done(); }));
    CHECK(a.stop() == 0);
    CHECK(b.stop() == 0);
    work.check();
    other.check();
    CHECK(schemas_in(first) == std::vector<std::string>{std::string{k_odd} + " 14", "fleet 14"});
  }

  TEST_CASE("a migration in one schema does not wait for one in another schema of the database") {
    store::Target target = fresh_database();
    target.schema = "fleet";
    const Pipeline p{target};
    const auto migrates = admin_of(target);
    migrates->begin();
    migrates->exec("select pg_advisory_xact_lock($1)", {std::int64_t{0x6c6f6e6773686f72}});  // without a schema
    const auto session = store::open(target, store::Access::read_write, "longshore/tests");
    CHECK(store::migrate(*session, p.registry).front() == "schema fleet");
  }

  TEST_CASE("D33: through PgBouncer in transaction mode, two daemons use two schemas on the same backends") {
    if (pooler_program().empty())
      SKIP("PgBouncer is not installed");
    PostgresServer server;
    server.start();
    const Pooler pooler{server, 1};  // one backend: each transaction follows one of the other daemon
    store::Target first = server.fresh_database();
    store::Target second = first;
    first.schema = "fleet";
    second.schema = "depot";
    Pipeline one{first};
    Pipeline two{second};
    one.config.database = two.config.database = pooler.conninfo(conninfo_value(first.location, "dbname"));
    Workload work{one};
    Workload other{two};
    one.config.once = two.config.once = false;
    one.config.batch_files = two.config.batch_files = 4;
    {
      Running a{one};
      Running b{two};
      work.drop_small(40);
      other.drop_small(30, 2);
      work.drop_large(2'000);
      other.drop_large(3'000);
      CHECK(eventually([&] { return work.is_done() && other.is_done(); }));
      CHECK(a.stop() == 0);
      CHECK(b.stop() == 0);
    }
    work.check();
    other.check();
    CHECK(schemas_in(first) == std::vector<std::string>{"depot 14", "fleet 14"});
    const auto verified = run_command(one, {"verify", "--landing", one.config.landing});
    CHECK_MESSAGE(verified.exit == 0, (verified.out + verified.err));
    CHECK(run_command(two, {"replay", "--feed", "vehicles_status", "--landing", two.config.landing}).exit == 0);
    other.check();

    // the backend keeps no search_path of either
    store::Target pooled = first;
    pooled.location = one.config.database;
    const auto session = store::open(pooled, store::Access::read_write, "longshore/tests");
    CHECK(store::as_text(session->exec("show search_path").rows[0][0]) == "fleet");
    CHECK(store::as_text(session->exec("select current_setting($1)", {std::string{"lock_timeout"}}).rows[0][0]) ==
          "5s");
    pooled.schema.clear();
    const auto other_session = store::open(pooled, store::Access::read_write, "longshore/tests");
    CHECK(store::as_text(other_session->exec("show search_path").rows[0][0]) == "\"$user\", public");
  }

  TEST_CASE("a pooler that refuses options= in the connection string gets a hint that names `schema`") {
    if (pooler_program().empty())
      SKIP("PgBouncer is not installed");
    PostgresServer server;
    server.start();
    const Pooler pooler{server};
    Pipeline p{server.fresh_database()};
    p.config.database =
        pooler.conninfo(conninfo_value(p.target().location, "dbname")) + " options='-c search_path=fleet'";
    const auto listed = run_longshore({"log", "--database", p.config.database});
    CHECK(listed.exit == 69);
    CHECK_MESSAGE(listed.err.find("hint: a pooler refuses options= of the connection string, or PGOPTIONS of the "
                                  "environment: leave it out; for a search_path set schema = \"NAME\"") !=
                      std::string::npos,
                  listed.err);
  }

  TEST_CASE("a schema that is missing or that the role may not use is named, with the SQL that helps") {
    store::Target target = fresh_database();
    const auto admin = admin_of(target);
    const std::string role = "loader_of_" + conninfo_value(target.location, "dbname");
    const std::string quoted = "\"" + role + "\"";
    admin->exec("create role " + role + " login");
    target.schema = "fleet";
    target.location += " user=" + role;
    Pipeline p{target};
    p.drop(routed("1"), document("a"));
    const auto refusal = [&] {
      try {
        p.run_once();
      } catch (const Error& error) {
        CHECK(error.exit() == Exit::config);
        return std::string{error.what()} + " | " + error.hint();
      }
      return std::string{};
    };

    CHECK(refusal() == "database: the schema \"fleet\" does not exist, and the role " + quoted +
                           " may not create it | create schema \"fleet\" authorization " + quoted);
    CHECK(
        run_command(p, {"log"}).err ==
        "longshore: database: the schema \"fleet\" does not exist\nhint: start the daemon, or create it and the tables: "
        "longshore migrate\n");
    CHECK(run_command(p, {"migrate"}).err == "longshore: database: the schema \"fleet\" does not exist, and the role " +
                                                 quoted +
                                                 " may not create it\nhint: create schema \"fleet\" "
                                                 "authorization " +
                                                 quoted + "\n");
    admin->exec("create schema fleet");
    CHECK(refusal() == "database: the role " + quoted +
                           " may not use the schema \"fleet\" | grant usage on schema \"fleet\" to " + quoted);
    for (const char* command : {"log", "migrate"})
      CHECK(run_command(p, {command}).err ==
            "longshore: database: the role " + quoted +
                " may not use the schema \"fleet\"\nhint: grant usage on schema \"fleet\" "
                "to " +
                quoted + "\n");
    admin->exec("grant usage on schema fleet to " + role);
    CHECK(refusal() == "database: the role " + quoted +
                           " may not create tables in the schema \"fleet\" | grant create on schema \"fleet\" to " +
                           quoted);
    admin->exec("grant create on schema fleet to " + role);
    CHECK(refusal().empty());
    CHECK(p.one("select status from ingest_log") == "loaded");
    admin->exec("revoke select on fleet.ingest_log from " + role);
    CHECK(refusal() == "database: the role " + quoted + " lacks select on ingest_log | grant select on \"fleet\"." +
                           "\"ingest_log\" to " + quoted);
  }

  TEST_CASE("tables of an application in public are no obstacle for `schema`, and without it the hint names it") {
    store::Target target = fresh_database();
    admin_of(target)->exec("create table ingest_log (id int primary key)");
    {
      Pipeline p{target};
      try {
        p.run_once();
        FAIL("the name was taken");
      } catch (const Error& error) {
        CHECK_MESSAGE(error.hint().find("give longshore a schema of its own (schema = \"NAME\")") != std::string::npos,
                      (error.what() + error.hint()));
      }
    }
    target.schema = "fleet";
    Pipeline p{target};
    load_each_way(p, "2026-01-01");
    CHECK(schemas_in(target) == std::vector<std::string>{"fleet 14", "public 1"});
  }

  TEST_CASE("a difference of a table in a schema is mended by the SQL of the hint") {
    store::Target target = fresh_database();
    target.schema = k_odd;
    Pipeline p{target};
    CHECK(p.run_once() == Exit::ok);
    const auto admin = admin_of(target);
    admin->exec(R"(alter table "My ""odd"", schema".detection_events add column batch text not null)");
    try {
      p.run_once();
      FAIL("the column was accepted");
    } catch (const Error& error) {
      const std::string before = "stop longshore, then run: ";
      REQUIRE(error.hint().starts_with(before + "set search_path = \"My \"\"odd\"\", schema\"; alter table "));
      admin->exec_script(error.hint().substr(before.size()));
    }
    CHECK(p.run_once() == Exit::ok);
  }
}
