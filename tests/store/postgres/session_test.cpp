#include "base/error.hpp"
#include "store/postgres/conninfo.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;
using store::Access;
using store::as_int;
using store::as_text;

namespace {

std::string setting(store::Session& session, const std::string& name) {
  return as_text(session.exec("select current_setting('" + name + "')").rows[0][0]);
}

// The error of open().
Error refusal(const store::Target& target, Access access = Access::exclusive) {
  try {
    (void)store::open(target, access, "longshore/tests");
  } catch (const Error& error) {
    return error;
  }
  FAIL("opened");
  return {Fault::fatal, ""};
}

}  // namespace

TEST_CASE("after its backend is ended, the session is closed and the transaction rolled back") {
  const store::Target target = fresh_database();
  const Registry registry = built_in();
  const Feed& feed = *registry.find("objects_detection");
  const auto session = open_migrated(target, registry);
  const auto killer = store::open(target, Access::read_write, "longshore/tests");
  const std::int64_t pid = as_int(session->exec("select pg_backend_pid()").rows[0][0]);
  RowBatch batch{feed};
  add_detection(batch, 0, "a", "2026-11-21T10:00:00Z");
  store::LoadCounts counts;
  counts.loaded.resize(1);
  const std::vector<std::int64_t> file_ids{1};
  session->begin();
  session->load(batch, file_ids, counts);
  killer->exec("select pg_terminate_backend($1, 5000)", {pid});

  const auto fault_of = [](auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.fault();
    }
    return Fault::bad_file;
  };
  CHECK(session->is_open());  // the session has not read the error yet
  CHECK(fault_of([&] { session->load(batch, file_ids, counts); }) == Fault::disconnected);
  CHECK(!session->is_open());
  CHECK(fault_of([&] { session->exec("select 1"); }) == Fault::disconnected);
  CHECK(fault_of([&] { session->commit(); }) == Fault::disconnected);
  session->rollback();
  CHECK(as_int(killer->exec("select count(*) from detection_events").rows[0][0]) == 0);
}

TEST_CASE("an error after the end of the connection has the server's last message") {
  const store::Target target = fresh_database();
  const auto session = store::open(target, Access::read_write, "longshore/tests");
  const auto killer = store::open(target, Access::read_write, "longshore/tests");
  killer->exec("select pg_terminate_backend($1, 5000)", {session->exec("select pg_backend_pid()").rows[0][0]});
  try {
    session->exec("select 1");
    FAIL("the connection was still there");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::disconnected);
    CHECK(std::string{error.what()}.find("terminating connection due to administrator command") != std::string::npos);
  }
}

TEST_CASE("D29: a COMMIT that the server answers with ROLLBACK is an error") {
  const auto session = store::open(fresh_database(), Access::read_write, "longshore/tests");
  session->begin();
  CHECK_THROWS_AS(session->exec("select 1 / 0"), Error);
  CHECK_THROWS_WITH_AS(session->commit(), "database: the answer to COMMIT was ROLLBACK", Error);
}

TEST_CASE("D30: a session overrides the settings of role and database") {
  const store::Target target = fresh_database();
  {
    const auto admin = store::open(target, Access::read_write, "longshore/tests");
    const std::string database = as_text(admin->exec("select current_database()").rows[0][0]);
    for (const char* set :
         {"timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "statement_timeout = '50ms'", "lock_timeout = 0",
          "default_transaction_isolation = 'serializable'", "default_transaction_read_only = on"})
      admin->exec("alter database " + database + " set " + set);
  }
  const auto session = store::open(target, Access::exclusive, "longshore/daemon");

  CHECK(setting(*session, "timezone") == "UTC");
  CHECK(setting(*session, "lock_timeout") == "5s");
  CHECK(setting(*session, "statement_timeout") == "10min");
  CHECK(setting(*session, "idle_in_transaction_session_timeout") == "30min");
  CHECK(setting(*session, "application_name") == "longshore/daemon");
  CHECK(setting(*session, "transaction_read_only") == "off");
  CHECK(setting(*session, "transaction_isolation") == "read committed");
  session->begin();
  CHECK(setting(*session, "transaction_isolation") == "read committed");
  CHECK(setting(*session, "transaction_read_only") == "off");
  session->rollback();
  CHECK(as_text(session->exec("select timestamptz '2026-11-21 10:00+02'").rows[0][0]) == "2026-11-21T08:00:00.000000Z");
}

TEST_CASE("a session sets the server's TCP keepalives, unless the user's are stricter") {
  const std::string by_tcp = fresh_database().location + " host=127.0.0.1";
  const auto keepalives = [](const std::string& location) {
    const auto session = store::open({store::Engine::postgres, location}, Access::read_write, "longshore/tests");
    return setting(*session, "tcp_keepalives_idle") + " " + setting(*session, "tcp_keepalives_interval") + " " +
           setting(*session, "tcp_keepalives_count") + " " + setting(*session, "tcp_user_timeout");
  };
  CHECK(keepalives(by_tcp) == "30 10 3 30000");
  CHECK(keepalives(by_tcp + " options='-c tcp_keepalives_idle=5 -c tcp_keepalives_count=9'") == "5 10 3 30000");
}

TEST_CASE("the user's connection settings override the defaults") {
  using store::postgres::completed_conninfo;
  const std::string ours =
      completed_conninfo("postgresql://me@db/fleet?connect_timeout=3&application_name=mine", Access::exclusive, "w");
  CHECK(ours.find("connect_timeout='3'") != std::string::npos);
  CHECK(ours.find("application_name='mine'") != std::string::npos);
  CHECK(ours.find("tcp_user_timeout='30000'") != std::string::npos);
  CHECK(ours.find("target_session_attrs='primary'") != std::string::npos);
  CHECK(completed_conninfo("dbname=x", Access::read_only, "w").find("target_session_attrs") == std::string::npos);
  CHECK(completed_conninfo("password='it\\'s \\\\'", Access::exclusive, "w").find("password='it\\'s \\\\'") !=
        std::string::npos);
}

TEST_CASE("a read-only session cannot write") {
  const store::Target target = fresh_database();
  const auto session = store::open(target, Access::read_only, "longshore/log");
  CHECK_THROWS_AS(session->exec("create table x (a int)"), Error);
  session->begin();
  CHECK_THROWS_AS(session->exec("create table x (a int)"), Error);
}

TEST_CASE("each SQLSTATE of the server is passed on, for every exception class of libpqxx") {
  const auto session = store::open(fresh_database(), Access::read_write, "longshore/test");
  for (const char* code : {"21000", "22012", "22021", "23502", "23505", "23514", "25006", "40001", "40003",
                           "40P01", "42501", "42601", "42703", "42P01", "42883", "53100", "53200", "54000",
                           "55P03", "57014", "58030", "0A000", "3F000", "XX000", "XX001", "P0001"}) {
    CAPTURE(code);
    try {
      session->exec("do $$ begin raise exception using errcode = '" + std::string{code} + "'; end $$");
      FAIL("the server did not raise the error");
    } catch (const Error& error) {
      CHECK(error.code() == code);
    }
  }
}

TEST_CASE("a server that does not exist is a lost connection") {
  CHECK(refusal(store::Target::parse("host=/no/such/socket dbname=x")).fault() == Fault::disconnected);
  store::Target target = fresh_database();
  target.location += "_missing";
  CHECK(refusal(target).fault() == Fault::disconnected);
}

TEST_CASE("D28: a database with another encoding than UTF8, or without synchronous_commit, is refused") {
  store::Target target = fresh_database();
  const auto admin = store::open(target, Access::read_write, "longshore/tests");
  const std::string database = as_text(admin->exec("select current_database()").rows[0][0]);
  admin->exec("alter database " + database + " set synchronous_commit = off");
  const Error off = refusal(target, Access::read_write);
  CHECK(off.fault() == Fault::fatal);
  CHECK(off.exit() == Exit::config);
  CHECK(off.hint() == "alter role … set synchronous_commit = on");

  admin->exec("create database " + database + "_ascii template template0 encoding 'SQL_ASCII' locale 'C'");
  target.location += "_ascii";
  const Error ascii = refusal(target, Access::read_write);
  CHECK(std::string{ascii.what()} == "database: the encoding is SQL_ASCII");
  CHECK(ascii.exit() == Exit::config);
}

TEST_CASE("the error for a missing table has a hint") {
  const auto session = store::open(fresh_database(), Access::read_write, "longshore/tests");
  try {
    session->exec("select * from ingest_log");
    FAIL("the table exists");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::needs_operator);
    CHECK(error.hint() == "longshore migrate");
  }
  CHECK(session->is_open());
}

TEST_CASE("an expired lock time-out is contention") {
  const store::Target target = fresh_database();
  const auto first = open_migrated(target, built_in());
  const auto second = store::open(target, Access::read_write, "longshore/tests");
  first->begin();
  first->exec("lock table detection_events in access exclusive mode");
  second->begin();
  second->exec("set local lock_timeout = '50ms'");
  try {
    second->exec("select count(*) from detection_events");
    FAIL("the lock was granted");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::contention);
    CHECK(error.code() == "55P03");
  }
}

TEST_CASE("an error has the name of the violated constraint, after a statement and after a COPY") {
  const Registry registry = built_in();
  const auto session = open_migrated(fresh_database(), registry);
  const auto constraint_of = [&](const auto& work) {
    session->begin();
    std::string name = "no error";
    try {
      work();
    } catch (const Error& error) {
      CHECK(std::string{error.what()}.starts_with("database: "));
      CHECK(std::string{error.what()}.find("LOCATION") == std::string::npos);
      name = error.constraint();
    }
    session->rollback();
    return name;
  };
  CHECK(constraint_of([&] { session->exec("insert into ingest_log (file_name, status) values ('a', 'odd')"); }) ==
        "ingest_log_status_check");
  CHECK(constraint_of([&] { session->exec("insert into ingest_log (file_name, status) values ('a', $1)", {"odd"}); }) ==
        "ingest_log_status_check");
  CHECK(constraint_of([&] { session->exec("select 1 / 0"); }).empty());
  CHECK(constraint_of([&] {
          const std::vector<std::vector<store::Value>> rows{{"a", "odd"}};
          session->bulk_insert("ingest_log", "file_name, status", rows);
        }) == "ingest_log_status_check");
}
