// schema/roles.sql on a real server: each role has the rights that it needs, and no others.
#include "base/error.hpp"
#include "decode/decoding.hpp"
#include "store/migrate.hpp"
#include "support/pipeline.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

// The server of this file, with a login for each role.
class Roles {
 public:
  Roles() {
    m_server.start();
    m_target = m_server.fresh_database();
    as("longshore")->exec_script("revoke all on database " + database() + " from public");
    run_script();
    as("longshore")
        ->exec_script("create role loader login in role longshore_writer;"
                      "create role operator login in role longshore_operator;"
                      "create role analyst login in role longshore_reader;"
                      "create role tasks login in role longshore_tasks;"
                      "alter role tasks set role = 'longshore_tasks';"
                      "create role fleet_admin login in role longshore_owner;"
                      "alter role fleet_admin set role = 'longshore_owner'");
  }

  void run_script() { m_server.run_script(source("schema/roles.sql"), database()); }
  store::Target target(const std::string& user) const {
    return {store::Engine::postgres, m_target.location + " user=" + user};
  }
  std::unique_ptr<store::Session> as(const std::string& user) const {
    return store::open(target(user), store::Access::read_write, "longshore/test");
  }
  // The SQLSTATE of the statement; "" if it succeeds.
  std::string fault_as(const std::string& user, const std::string& sql) const {
    const auto session = as(user);
    try {
      session->exec(sql);
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  }

 private:
  std::string database() const { return store::as_text(as("longshore")->exec("select current_database()").rows[0][0]); }

  PostgresServer m_server;
  store::Target m_target;
};

const char* const k_doors = R"(
name = "doors"
files = ["doors_*"]
records = [""]
table = "door_events"
key = ["door", "at"]
columns = [
  { name = "door", from = "/door", type = "text" },
  { name = "at",   from = "/at",   type = "timestamp" },
]
latest = { table = "doors_now", key = ["door"], newest = "at" }
)";

// Loads small and large files, overlaps, statuses, rejects, a malformed file, an unrouted file, and files of a user's
// feed.
void load_all_kinds(Pipeline& p) {
  p.config.migrate = "check";
  p.config.large_file = 4000;
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += event("v" + std::to_string(i), k_time) + ",";
  p.drop("objects_detection_small.json", events(event("v1", k_time)));
  p.drop("objects_detection_large.json", events(many + event("v", k_time)));
  p.drop("objects_detection_overlap.json", events(many + event("w", k_time)));
  p.drop("objects_detection_rejects.json", events(event("r", k_time) + ",{}"));
  p.drop("objects_detection_again.json", events(event("v1", k_time)));
  p.drop("objects_detection_broken.json", "{]}");
  p.drop("unrouted.txt", "x");
  for (const std::string at : {"10", "12", "11"})
    p.drop("vehicles_status_" + at + ".json", R"({"vehicle_status":[{"vehicle_id":"v","report_time":"2026-01-01T)" +
                                                  at + R"(:00:00Z","status":"at )" + at + "\"}]}");
  p.drop("doors_1",
         "{\"door\":\"a\",\"at\":\"2026-01-01T00:00:00Z\"}\n{\"door\":\"a\",\"at\":\"2026-01-01T01:00:00Z\"}\n");
  p.drop("doors_2",
         "{\"door\":\"a\",\"at\":\"2026-01-01T02:00:00Z\"}\n{\"door\":\"a\",\"at\":\"2026-01-01T01:00:00Z\"}\n");
  CHECK(p.run_once() == Exit::bad_data);  // because of the malformed file
  CHECK(p.one("select count(*) from detection_events") == "103");
  CHECK(p.rows("select status, count(*) from ingest_log group by 1 order by 1") ==
        std::vector<std::string>{"duplicate|1", "failed|1", "loaded|8", "partial|1", "unrouted|1"});
  CHECK(p.one("select status from vehicle_status") == "at 12");
  CHECK(p.one("select cast(at as text) from doors_now").find("02:00:00") != std::string::npos);
  CHECK(p.one("select count(*) from ingest_overlap") != "0");
  CHECK(p.one("select count(distinct record_no) from ingest_rejects") == "1");
  p.check_books();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("X10: the roles work in a schema of longshore's own, and get nothing in public") {
    PostgresServer server;
    server.start();
    store::Target target = server.fresh_database();
    const auto admin = store::open(target, store::Access::read_write, "longshore/test");
    const std::string database = store::as_text(admin->exec("select current_database()").rows[0][0]);
    admin->exec_script("create table ingest_log (file_id int); create schema \"My fleet\"");
    const std::vector<std::string> words{"-v", "schema=My fleet"};
    server.run_script(source("schema/roles.sql"), database, words);
    admin->exec_script("create role loader login in role longshore_writer;"
                       "create role fleet_admin login in role longshore_owner;"
                       "alter role fleet_admin set role = 'longshore_owner'");
    target.schema = "My fleet";
    const auto as = [&](const std::string& user) {
      return store::Target{target.engine, target.location + " user=" + user, target.schema};
    };
    store::migrate(*store::open(as("fleet_admin"), store::Access::read_write, "longshore/test"), built_in());
    server.run_script(source("schema/roles.sql"), database, words);

    Pipeline p{as("loader")};
    p.config.migrate = "check";
    p.drop("objects_detection_1.json", events(event("a", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from detection_events") == "1");
    p.check_books();
    CHECK(admin->exec("select 1 where has_table_privilege('loader', 'public.ingest_log', 'select')").empty());
    CHECK(admin->exec("select 1 where has_schema_privilege('loader', 'My fleet', 'create')").empty());
    CHECK(
        admin->exec("select 1 where has_table_privilege('loader', '\"My fleet\".detection_events', 'update')").empty());
  }

  TEST_CASE(
      "X10: the script leaves the application's own tables to it, and grants what a feed without a history needs") {
    Roles roles;
    const auto admin = roles.as("longshore");
    admin->exec_script(R"(
create role app login;
do $$ begin execute format('grant connect on database %I to app', current_database()); end $$;
create table vehicle_position (vehicle text primary key, at timestamptz not null, mine text, file_id bigint);
create table attachments (id bigint primary key, file_id bigint);
create view attached as select file_id from attachments;
alter table vehicle_position owner to app;
alter table attachments owner to app;
alter view attached owner to app;
insert into vehicle_position (vehicle, at, mine) values ('z', now(), 'x');
)");
    const Registry registry{{parse_feed(R"(
name    = "positions"
files   = ["positions_*.json"]
records = [""]
history = false
latest  = { table = "vehicle_position", key = ["vehicle"], newest = "at" }
columns = [
  { name = "vehicle", from = "/vehicle", type = "text" },
  { name = "at",      from = "/at",      type = "timestamp" },
]
)",
                                        "positions.toml")}};
    admin->exec("grant select on vehicle_position to longshore_owner");
    store::migrate(*roles.as("fleet_admin"), registry);

    roles.run_script();

    CHECK(store::as_text(admin
                             ->exec("select string_agg(relname, ' ' order by relname) from pg_class where "
                                    "pg_get_userbyid(relowner) = 'app' and relkind in ('r', 'v')")
                             .rows[0][0]) == "attached attachments vehicle_position");
    for (const char* role : {"longshore_reader", "longshore_writer", "longshore_operator"})
      CHECK(admin
                ->exec("select 1 where has_table_privilege($1, 'attachments', 'select, insert, update, delete')",
                       {std::string{role}})
                .empty());
    Pipeline p{roles.target("loader"), registry};
    p.config.migrate = "check";
    p.drop("positions_1.json", "{\"vehicle\":\"a\",\"at\":\"2026-01-01T00:00:00Z\"}\n");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select vehicle, file_id from vehicle_position order by 1") ==
          std::vector<std::string>{"a|1", "z|\\N"});
    CHECK(roles.fault_as("app", "alter table vehicle_position add column more text").empty());
    CHECK(roles.fault_as("app", "update vehicle_position set mine = 'y'").empty());
    CHECK(roles.fault_as("operator", "delete from vehicle_position where file_id = -1").empty());
    CHECK(roles.fault_as("loader", "delete from vehicle_position") == "42501");
  }

  TEST_CASE("X10: with the roles of schema/roles.sql, the daemon loads as writer, and no role has other rights") {
    Roles roles;
    const Registry shipped = built_in();
    const Registry registry{std::vector<Feed>{*shipped.find("objects_detection"), *shipped.find("vehicles_status"),
                                              parse_feed(k_doors, "doors.toml")}};
    {
      Pipeline p{roles.target("loader"), registry};
      p.config.migrate = "check";
      CHECK_THROWS_WITH_AS(p.run_once(), doctest::Contains("the database lacks"), Error);
      p.config.migrate = "auto";
      CHECK_THROWS_AS(p.run_once(), Error);  // the writer cannot create tables
      CHECK(roles.fault_as("loader", "select 1 from ingest_log") == "42P01");
    }
    const auto admin = roles.as("fleet_admin");
    CHECK(!store::migrate(*admin, registry).empty());
    CHECK(admin
              ->exec("select 1 from pg_class join pg_roles r on r.oid = relowner where relkind in ('r', 'v') and "
                     "relnamespace = 'public'::regnamespace and rolname <> 'longshore_owner'")
              .empty());
    SUBCASE("with default privileges only") {}
    SUBCASE("after a second run of the script") {
      roles.run_script();
      CHECK(roles.fault_as("loader", "update detection_events set file_id = 1") == "42501");
      CHECK(roles.fault_as("loader", "update door_events set file_id = 1") == "42501");
      CHECK(roles.fault_as("loader", "update ingest_rejects set reason = ''") == "42501");
      CHECK(roles.fault_as("loader", "insert into longshore_migrations values (99, 'x', 'x', now())") == "42501");
      CHECK(roles.fault_as("operator", "delete from ingest_log") == "42501");
      CHECK(roles.fault_as("operator", "delete from longshore_migrations") == "42501");
    }
    Pipeline p{roles.target("loader"), registry};
    load_all_kinds(p);

    for (const char* sql :
         {"delete from detection_events", "delete from ingest_log", "delete from vehicle_status",
          "truncate detection_events", "drop table detection_events", "create table mine (a int)", "create schema mine",
          "alter table ingest_log add column mine int", "create index on ingest_log (error)",
          "set role longshore_owner", "create role mine", "copy ingest_log to program 'true'"})
      CHECK_MESSAGE(roles.fault_as("loader", sql) == "42501", sql);
    for (const char* sql :
         {"insert into vehicle_status values ('x', now(), 'x', 1)", "update ingest_log set error = ''",
          "delete from ingest_log", "create table mine (a int)", "create temporary table mine (a int)",
          "select nextval('ingest_log_file_id_seq')", "truncate ingest_rejects"})
      CHECK_MESSAGE(roles.fault_as("analyst", sql) == "42501", sql);
    for (const char* table : {"ingest_log", "ingest_rejects", "ingest_overlap", "detection_events", "detections",
                              "vehicle_status", "vehicle_status_history", "door_events", "doors_now",
                              "vehicle_overview", "load_history", "reject_summary", "ingest_tasks", "ingest_task_runs"})
      CHECK(roles.fault_as("analyst", std::string{"select * from "} + table).empty());
    for (const char* sql :
         {"begin; lock table detection_events in share row exclusive mode; commit",
          "delete from detection_events where file_id = 1", "delete from vehicle_status where file_id = -1",
          "delete from ingest_rejects", "delete from ingest_overlap"})
      CHECK_MESSAGE(roles.fault_as("operator", sql).empty(), sql);
    for (const char* sql : {"truncate detection_events", "drop table detection_events", "create table mine (a int)"})
      CHECK_MESSAGE(roles.fault_as("operator", sql) == "42501", sql);
  }

  TEST_CASE(
      "X10: the role of tasks reads all, keeps its own tables and its record, and changes nothing that was loaded") {
    Roles roles;
    const auto admin = roles.as("fleet_admin");
    const Registry registry{{*built_in().find("objects_detection"), parse_feed(k_doors, "doors.toml")}};
    store::migrate(*admin, registry);
    admin->exec_script("create table ingest_touched_hourly (hour timestamptz, by_run bigint);"
                       "insert into ingest_tasks values ('hourly', 'sql', 'x', '[]', '[]', '[]', 'x', 'x', now())");
    roles.run_script();

    for (const char* sql :
         {"create table hourly (hour timestamptz primary key, n bigint)",
          "create temporary table touched (hour timestamptz)",
          "insert into hourly select date_trunc('hour', detection_time), count(*) from detections group by 1",
          "drop table hourly; create table hourly (hour timestamptz primary key, n bigint)",
          "insert into ingest_task_runs (task, cause, state, started_at) values ('hourly', 'change', 'running', now())",
          "update ingest_task_runs set state = 'succeeded', finished_at = now()",
          "delete from ingest_task_runs where started_at < now() - interval '90 d'",
          "update ingest_tasks set run_id = 1, lease_until = now() + interval '1 min'",
          "insert into ingest_changes values ('daily', null, null, 1)", "delete from ingest_changes",
          "begin; lock table ingest_touched_hourly in share update exclusive mode; commit",
          "insert into ingest_touched_hourly values (now(), 1)", "delete from ingest_touched_hourly",
          "select * from load_history", "select * from door_events, doors_now"})
      CHECK_MESSAGE(roles.fault_as("tasks", sql).empty(), sql);
    for (const char* sql :
         {"insert into ingest_log (file_name, status) values ('x', 'loaded')", "update ingest_log set error = ''",
          "delete from ingest_log", "delete from detection_events", "update detection_events set file_id = 1",
          "insert into doors_now values ('x', now(), 1)", "truncate ingest_rejects", "drop table door_events",
          "update ingest_feeds set declaration = 'x'", "insert into ingest_tasks select * from ingest_tasks",
          "insert into ingest_task_feeds values ('doors', 'hourly')", "create schema mine", "set role longshore_owner",
          "copy ingest_log to program 'true'"})
      CHECK_MESSAGE(roles.fault_as("tasks", sql) == "42501", sql);

    CHECK(roles.fault_as("analyst", "select * from hourly").empty());
    CHECK(roles.fault_as("loader", "insert into ingest_changes values ('hourly', 1, 1, null)").empty());
    CHECK(roles
              .fault_as("loader", "insert into ingest_task_runs (task, cause, state, started_at) values ('purge', "
                                  "'housekeeping', 'succeeded', now())")
              .empty());
    CHECK(roles.fault_as("operator", "insert into ingest_touched_hourly values (now(), null)").empty());
    for (const char* sql :
         {"insert into ingest_touched_hourly values (now(), null)", "update ingest_tasks set failures = 1",
          "insert into ingest_task_feeds values ('doors', 'hourly')", "delete from ingest_changes",
          "insert into hourly values (now(), 1)"})
      CHECK_MESSAGE(roles.fault_as("loader", sql) == "42501", sql);
  }
}
