// Faults of a server and missing rights are found before a file is claimed, all at once, each with its remedy.
#include "store/preflight.hpp"

#include "base/error.hpp"
#include "cli/run_program.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;
using store::Access;

namespace {

struct OtherRole {
  OtherRole() : target(fresh_database()), admin(open_migrated(target, built_in())) {
    name = "loader_of_" + conninfo_value(target.location, "dbname");
    admin->exec("create role " + name + " login");
  }
  void exec(std::string sql) const {
    for (std::size_t at = sql.find("ROLE"); at != std::string::npos; at = sql.find("ROLE"))
      sql.replace(at, 4, name);
    admin->exec_script(sql);
  }
  // The text and the hint of the refusal; "" if there is none.
  std::pair<std::string, std::string> refusal() const {
    store::Target as_role = target;
    as_role.location += " user=" + name;
    for (const Access access : {Access::exclusive, Access::read_only}) {
      const auto session = store::open(as_role, access, "longshore/tests");
      try {
        store::preflight(*session, built_in());
      } catch (const Error& error) {
        CHECK(error.fault() == Fault::fatal);
        CHECK(error.exit() == Exit::config);
        return {error.what(), error.hint()};
      }
    }
    return {};
  }

  store::Target target;
  std::unique_ptr<store::Session> admin;
  std::string name;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_ON_EACH_STORE("a database that longshore has made passes its own preflight, also before it has tables") {
  const auto session = store::open(target, Access::exclusive, "longshore/tests");
  CHECK_NOTHROW(store::preflight(*session, built_in()));
  store::migrate(*session, built_in());
  CHECK_NOTHROW(store::preflight(*session, built_in()));
}

TEST_CASE("a role without rights gets a message that names each missing right, and the SQL of the hint is enough") {
  OtherRole role;
  const auto refusal = role.refusal();
  const std::string& text = refusal.first;
  const std::string& hint = refusal.second;
  const std::string quoted = "\"" + role.name + "\"";
  for (const std::string& part : {"the role " + quoted + " lacks select on longshore_migrations",
                                  "the role " + quoted + " lacks select, insert, update on ingest_log",
                                  "the role " + quoted + " lacks select, insert on detection_events",
                                  "the role " + quoted + " lacks select, insert, update on vehicle_status",
                                  "the role " + quoted + " lacks usage on the sequence public.ingest_log_file_id_seq"})
    CHECK_MESSAGE(contains(text, part), text);
  CHECK(contains(hint, "grant select, insert on \"detection_events\" to " + quoted));

  role.exec(hint);

  CHECK(role.refusal().first == "");
}

TEST_CASE("the missing right to remove rows is reported only if a feed has keep") {
  OtherRole role;
  const Registry keeping = registry_of({readings()});
  store::migrate(*role.admin, keeping);
  role.exec("grant select, insert, update on all tables in schema public to ROLE;"
            "grant usage on all sequences in schema public to ROLE; revoke update on ingest_horizons from ROLE");
  store::Target as_role = role.target;
  as_role.location += " user=" + role.name;
  const auto session = store::open(as_role, Access::exclusive, "longshore/tests");
  CHECK_NOTHROW(store::preflight(*session, registry_of({readings("")})));
  try {
    store::preflight(*session, keeping);
    FAIL("accepted");
  } catch (const Error& error) {
    const std::string quoted = "\"" + role.name + "\"";
    CHECK(std::string{error.what()} == "database: the role " + quoted + " lacks delete on readings; the role " +
                                           quoted + " lacks update on ingest_horizons");
    role.exec(error.hint());
  }
  CHECK_NOTHROW(store::preflight(*session, keeping));
  CHECK(store::raise_horizon(*session, keeping.feeds()[0], 0));  // the rights are enough for the lock, too
}

TEST_CASE("row-level security that COPY would refuse, and a missing right on temporary tables, are found together") {
  OtherRole role;
  role.exec(R"(
grant select, insert, update on all tables in schema public to ROLE;
grant usage on all sequences in schema public to ROLE;
alter table detection_events enable row level security;
do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;
)");
  const auto refusal = role.refusal();
  const std::string& text = refusal.first;
  const std::string& hint = refusal.second;
  const std::string quoted = "\"" + role.name + "\"";
  CHECK(text == "database: the role " + quoted + " may not create temporary tables; row-level security of " +
                    "detection_events applies to the role " + quoted + ", and COPY refuses it");
  CHECK(contains(hint, "grant temporary on database "));
  CHECK(contains(hint, "alter role " + quoted + " bypassrls, or make it the owner of the table"));

  role.exec("alter role ROLE bypassrls");
  CHECK(contains(role.refusal().first, "may not create temporary tables"));
  CHECK_FALSE(contains(role.refusal().first, "row-level security"));
}

TEST_CASE("the missing right to create tables is reported with its grant, unless another role creates them") {
  OtherRole role;
  role.exec(R"(
grant select, insert, update on all tables in schema public to ROLE;
grant usage on all sequences in schema public to ROLE;
revoke create on schema public from public;
)");
  CHECK(role.refusal().first == "");
  role.exec("drop table vehicle_status cascade");  // with vehicle_overview
  const std::string quoted = "\"" + role.name + "\"";
  CHECK(role.refusal().first == "database: the role " + quoted + " may not create tables in the schema \"public\"");
  CHECK(role.refusal().second == "grant create on schema \"public\" to " + quoted);
  store::Target as_role = role.target;
  as_role.location += " user=" + role.name;
  CHECK_NOTHROW(store::preflight(*store::open(as_role, Access::read_only, "longshore/tests"), built_in(),
                                 store::Creator::another_role));
  role.exec("grant create on schema public to ROLE");
  CHECK(role.refusal().first == "");
}

TEST_CASE("`migrate --check` names the missing right to create tables, also in a database without any") {
  const store::Target target = fresh_database();
  const std::string role = "loader_of_" + conninfo_value(target.location, "dbname");
  store::open(target, Access::read_write, "longshore/tests")
      ->exec_script("create role " + role + " login; revoke create on schema public from public");
  const auto check = [&](const std::string& migrate) {
    return run_longshore({"migrate", "--check", "--database", target.location + " user=" + role},
                         {{"LONGSHORE_MIGRATE", migrate}});
  };
  CHECK(check("auto").exit == 78);
  CHECK(check("auto").err == "longshore: database: the role \"" + role +
                                 "\" may not create tables in the schema \"public\"\nhint: grant create on schema "
                                 "\"public\" to \"" +
                                 role + "\"\n");
  CHECK(contains(check("check").err, "longshore: the database lacks 0001_baseline"));
}

TEST_CASE("a default of read-only transactions is overridden, with a warning") {
  const store::Target target = fresh_database();
  open_migrated(target, built_in())
      ->exec("alter database " + conninfo_value(target.location, "dbname") + " set default_transaction_read_only = on");
  const auto checked = run_longshore({"migrate", "--check", "--database", target.location});
  CHECK(checked.exit == 0);
  CHECK_MESSAGE(contains(checked.err,
                         "database: default_transaction_read_only is on for the server, the database or the role, and "
                         "longshore writes nevertheless; some providers set it when the disk is almost full"),
                checked.err);
}

TEST_CASE("row-level security of a table that is only read is found, because it hides rows") {
  OtherRole role;
  role.exec(R"(
grant select, insert, update on all tables in schema public to ROLE;
grant usage on all sequences in schema public to ROLE;
alter table ingest_feeds enable row level security;
)");
  const std::string quoted = "\"" + role.name + "\"";
  CHECK(role.refusal().first == "database: row-level security of ingest_feeds applies to the role " + quoted +
                                    ", which may not see all its rows");
}

TEST_CASE("an encoding and a setting of the server that lose data are named together") {
  const store::Target target = fresh_database();
  const auto admin = store::open(target, Access::read_write, "longshore/tests");
  const std::string name = conninfo_value(target.location, "dbname") + "_ascii";
  admin->exec("create database " + name + " template template0 encoding 'SQL_ASCII' locale 'C'");
  admin->exec("alter database " + name + " set synchronous_commit = off");
  const auto session = store::open({target.engine, target.location + " dbname=" + name}, Access::exclusive, "t");
  CHECK_THROWS_WITH_AS(
      store::preflight(*session, built_in()),
      "database: the encoding is SQL_ASCII; synchronous_commit is off: a server crash would lose rows of "
      "archived files",
      Error);
}

TEST_CASE("a serial column of a user's own table needs the right to use its sequence, which is named with the SQL") {
  OtherRole role;
  role.exec(R"(
create table vehicle_position (vehicle text primary key, at timestamptz, number serial);
grant select, insert, update on all tables in schema public to ROLE;
grant usage on sequence ingest_log_file_id_seq to ROLE;
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
  store::Target as_role = role.target;
  as_role.location += " user=" + role.name;
  const auto session = store::open(as_role, Access::exclusive, "longshore/tests");
  try {
    store::preflight(*session, registry, store::Creator::another_role);
    FAIL("accepted");
  } catch (const Error& error) {
    const std::string quoted = "\"" + role.name + "\"";
    CHECK(std::string{error.what()} ==
          "database: the role " + quoted + " lacks usage on the sequence public.vehicle_position_number_seq");
    role.exec(error.hint());
  }
  CHECK_NOTHROW(store::preflight(*session, registry, store::Creator::another_role));
}
