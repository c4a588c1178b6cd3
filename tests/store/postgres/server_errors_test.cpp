// Errors of a real PostgreSQL server and their faults: the table of sqlstate_test.cpp, checked against a server. Causes
// that a test cannot create (damaged data, a disk error) are raised with `raise`.
#include "base/error.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>

using namespace longshore;
using namespace longshore::test;
using store::Access;

namespace {

struct Case {
  const char* state;
  Fault fault;
  const char* sql;  // in a transaction
};

// clang-format off
constexpr Case k_cases[] = {
    {"0A000", Fault::needs_operator, "select count(*) from pg_class for update"},
    {"21000", Fault::bad_file,    "select (select generate_series(1, 2))"},
    {"22001", Fault::bad_file,    "create temp table t (a varchar(2)); insert into t values ('abc')"},
    {"22003", Fault::bad_file,    "select 2147483647 + 1"},
    {"22007", Fault::bad_file,    "select timestamptz 'yesterday at tea time'"},
    {"22008", Fault::bad_file,    "select timestamptz '2022-02-30'"},
    {"22012", Fault::bad_file,    "select 1 / 0"},
    {"22021", Fault::needs_operator, "select convert_from('\\xff', 'UTF8')"},
    {"22P02", Fault::bad_file,    "select 'x'::integer"},
    {"22P05", Fault::bad_file,    R"(select '"\u0000"'::jsonb)"},
    {"23502", Fault::bad_file,    "create temp table t (a int not null); insert into t values (null)"},
    {"23503", Fault::bad_file,    "create temp table a (a int primary key); create temp table b (a int references a); insert into b values (1)"},
    {"23505", Fault::bad_file,    "create temp table t (a int unique); insert into t values (1), (1)"},
    {"23514", Fault::bad_file,    "create temp table t (a int check (a < 7)); insert into t values (7)"},
    {"23P01", Fault::bad_file,    "create temp table t (a int4range, exclude using gist (a with &&)); insert into t values ('[1,3]'), ('[2,4]')"},
    {"25006", Fault::unavailable, "set transaction read only; create table t (a int)"},
    {"28000", Fault::unavailable, "do $$ begin raise exception using errcode = '28000'; end $$"},
    {"3D000", Fault::transient,   "do $$ begin raise exception using errcode = '3D000'; end $$"},
    {"3F000", Fault::needs_operator, "create table no_such_schema.t (a int)"},
    {"40003", Fault::transient,   "do $$ begin raise exception using errcode = '40003'; end $$"},
    {"42501", Fault::needs_operator, "create table t (a int); set local role pg_monitor; select * from t"},
    {"42601", Fault::needs_operator, "selekt 1"},
    {"42703", Fault::needs_operator, "select no_such_column from pg_class"},
    {"42883", Fault::needs_operator, "select no_such_function()"},
    {"42P01", Fault::needs_operator, "select * from no_such_table"},
    {"42P10", Fault::needs_operator, "create temp table t (a int); insert into t values (1) on conflict (a) do nothing"},
    {"53100", Fault::unavailable, "do $$ begin raise exception using errcode = '53100'; end $$"},
    {"53200", Fault::unavailable, "do $$ begin raise exception using errcode = '53200'; end $$"},
    {"53400", Fault::transient, "do $$ begin raise exception using errcode = '53400'; end $$"},
    {"54000", Fault::bad_file,    "create temp table t (a text primary key); insert into t select string_agg(md5(i::text), '') from generate_series(1, 2000) i"},
    {"54001", Fault::bad_file,    "create function f(i int) returns int language plpgsql as $$ begin return f(i + 1); end $$; select f(1)"},
    {"54011", Fault::bad_file,    "do $$ begin execute 'create temp table t (' || (select string_agg('a' || i || ' int', ',') from generate_series(1, 1601) i) || ')'; end $$"},
    {"55006", Fault::transient,   "create temp table t (a int); insert into t values (1); declare c cursor for select * from t; fetch c; alter table t add b int"},
    {"57014", Fault::transient,   "set local statement_timeout = '10ms'; select pg_sleep(60)"},
    {"58030", Fault::unavailable, "do $$ begin raise exception using errcode = '58030'; end $$"},
    {"58P01", Fault::unavailable, "select pg_read_file('/no/such/file')"},
    {"P0001", Fault::bad_file,    "do $$ begin raise exception 'of a trigger'; end $$"},
    {"XX000", Fault::transient,   "do $$ begin raise exception using errcode = 'XX000'; end $$"},
    {"XX001", Fault::fatal,       "do $$ begin raise exception using errcode = 'XX001'; end $$"},
    {"XX002", Fault::fatal,       "do $$ begin raise exception using errcode = 'XX002'; end $$"},
};
// clang-format on

// The error that `work` throws. Fails the test if there is none.
template <class Work>
Error error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("there was no error");
  return {Fault::fatal, ""};
}

std::unique_ptr<store::Session> session_on(const store::Target& target) {
  return store::open(target, Access::read_write, "longshore/tests");
}

}  // namespace

TEST_CASE("a failed statement has the server's SQLSTATE and its fault, and the session stays open") {
  const auto session = session_on(fresh_database());
  for (const Case& c : k_cases) {
    CAPTURE(c.sql);
    session->begin();
    const Error error = error_of([&] { session->exec_script(c.sql); });
    CHECK(error.code() == c.state);
    CHECK(error.fault() == c.fault);
    CHECK(session->is_open());
    CHECK(error_of([&] { session->exec("select 1"); }).code() == "25P02");  // until rollback
    session->rollback();
    CHECK(session->exec("select 1").size() == 1);
  }
}

TEST_CASE("an update of a row that another transaction has changed is contention") {
  const store::Target target = fresh_database();
  const auto one = session_on(target);
  const auto two = session_on(target);
  one->exec_script("create table t (a int); insert into t values (1)");
  one->exec("begin isolation level repeatable read");
  one->exec("select * from t");
  two->exec("update t set a = 2");
  const Error error = error_of([&] { one->exec("update t set a = 3"); });
  CHECK(error.code() == "40001");
  CHECK(error.fault() == Fault::contention);
}

TEST_CASE("a deadlock is contention for one session, and the other one gets the lock") {
  const store::Target target = fresh_database();
  const auto one = session_on(target);
  const auto two = session_on(target);
  one->exec("select pg_advisory_lock(1)");
  two->exec("select pg_advisory_lock(2)");
  std::string codes;
  const auto take = [](store::Session& session, int lock) -> std::string {
    try {
      session.exec("select pg_advisory_lock(" + std::to_string(lock) + ")");
    } catch (const Error& error) {
      session.exec("select pg_advisory_unlock_all()");
      return error.fault() == Fault::contention ? error.code() : "?";
    }
    return "";
  };
  std::thread other{[&] { codes = take(*two, 1); }};
  const std::string ours = take(*one, 2);
  other.join();
  CHECK(codes + ours == "40P01");
}

TEST_CASE("D02: a session that the server ended is a lost connection") {
  const store::Target target = fresh_database();
  const auto session = session_on(target);
  // 100 ms, because the server starts to count before it answers the statement
  SUBCASE("idle in a transaction for too long: 25P03") {
    session->exec("set idle_in_transaction_session_timeout = '100ms'");
    session->begin();
  }
  SUBCASE("idle for too long: 57P05") { session->exec("set idle_session_timeout = '100ms'"); }
  SUBCASE("ended by an administrator: 57P01") {
    session_on(target)->exec("select pg_terminate_backend($1, 5000)",
                             {session->exec("select pg_backend_pid()").rows[0][0]});
  }
  const std::string name = store::as_text(session_on(target)->exec("select current_database()").rows[0][0]);
  const auto admin = session_on(target);
  REQUIRE(eventually([&] {
    return admin->exec("select 1 from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()", {name}).empty();
  }));
  CHECK(error_of([&] { session->exec("select 1"); }).fault() == Fault::disconnected);
  CHECK(!session->is_open());
}

TEST_CASE("D12 D13: a refused connection is an outage") {
  const store::Target target = fresh_database();
  const auto admin = session_on(target);
  const std::string role = "role_of_" + store::as_text(admin->exec("select current_database()").rows[0][0]);
  admin->exec("create role " + role + " login");
  const store::Target as_role{store::Engine::postgres, target.location + " user=" + role};
  SUBCASE("no such role: 28000") { admin->exec("drop role " + role); }
  SUBCASE("a role without login: 28000") { admin->exec("alter role " + role + " nologin"); }
  SUBCASE("the connection limit of the role: 53300") { admin->exec("alter role " + role + " connection limit 0"); }
  SUBCASE("no right to connect: 42501") {
    admin->exec("revoke connect on database " + role.substr(8) + " from public");
  }
  CHECK(error_of([&] { session_on(as_role); }).fault() == Fault::disconnected);
}
