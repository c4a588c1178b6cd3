#include "store/postgres/sqlstate.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using store::postgres::fault_of;
using store::postgres::translate;

TEST_CASE("each SQLSTATE has its fault") {
  struct Case {
    const char* state;
    Fault fault;
  };
  const Case cases[] = {
      {"22021", Fault::needs_operator}, {"22P03", Fault::needs_operator}, {"22P04", Fault::bad_file},
      {"23502", Fault::bad_file},       {"23505", Fault::bad_file},       {"23514", Fault::bad_file},
      {"21000", Fault::bad_file},       {"54000", Fault::bad_file},       {"08P01", Fault::needs_operator},
      {"40001", Fault::contention},     {"40P01", Fault::contention},     {"55P03", Fault::contention},
      {"40003", Fault::transient},      {"57014", Fault::transient},      {"57P01", Fault::disconnected},
      {"57P03", Fault::disconnected},   {"53100", Fault::unavailable},    {"53300", Fault::unavailable},
      {"08006", Fault::disconnected},   {"25006", Fault::unavailable},    {"25P03", Fault::disconnected},
      {"28P01", Fault::unavailable},    {"3D000", Fault::transient},      {"58030", Fault::unavailable},
      {"P0001", Fault::bad_file},       {"P0002", Fault::transient},      {"XX000", Fault::transient},
      {"99999", Fault::transient},      {"", Fault::transient},           {"42P01", Fault::needs_operator},
      {"42703", Fault::needs_operator}, {"42883", Fault::needs_operator}, {"42501", Fault::needs_operator},
      {"42P10", Fault::needs_operator}, {"3F000", Fault::needs_operator}, {"0A000", Fault::needs_operator},
      {"42601", Fault::needs_operator}, {"XX001", Fault::fatal},          {"XX002", Fault::fatal},
  };
  for (const Case& c : cases) {
    CAPTURE(c.state);
    CHECK(fault_of(c.state, true) == c.fault);
    CHECK(fault_of(c.state, false) == Fault::disconnected);
  }
}

TEST_CASE("the fault of a wrong set-up has exit code 78, and that of a missing table also a hint") {
  for (const char* state : {"42P01", "42703", "42501", "3F000", "42883", "XX001", "XX002"}) {
    CAPTURE(state);
    CHECK(translate(state, true, "ERROR:  x").exit() == Exit::config);
  }
  CHECK(translate("42P01", true, "ERROR:  x").hint() == "longshore migrate");
}

TEST_CASE("a server's message becomes one line") {
  const Error error = translate("23505", true,
                                "ERROR:  23505: duplicate key value\nDETAIL:  Key (a)=(x\x1b[0m) already exists.\n"
                                "SCHEMA NAME:  public\nTABLE NAME:  t\nCONSTRAINT NAME:  t_pkey\n"
                                "LOCATION:  _bt_check_unique, nbtinsert.c:664\n");
  CHECK(std::string{error.what()} == "database: duplicate key value");
  CHECK(error.code() == "23505");
  CHECK(error.constraint() == "t_pkey");
  const Error syntax = translate("42601", true, "ERROR:  syntax error\nLINE 1: select secret\n               ^\n");
  CHECK(std::string{syntax.what()} == "database: syntax error");
}

TEST_CASE("a row is not quoted, whatever code a trigger raises; the details of a wrong set-up are") {
  const Error refused = translate("23514", true,
                                  "ERROR:  23514: new row for relation \"t\" violates check constraint \"c\"\n"
                                  "DETAIL:  Failing row contains (secret\nHINT:  secret\n).\n"
                                  "CONTEXT:  COPY t, line 2, column a: \"secret\"\n"
                                  "TABLE NAME:  t\nCONSTRAINT NAME:  c\nLOCATION:  ExecConstraints, execMain.c:1\n");
  CHECK(std::string{refused.what()} == "database: new row for relation \"t\" violates check constraint \"c\"");
  CHECK(refused.constraint() == "c");
  const Error raised = translate("P0001", true,
                                 "ERROR:  P0001: not\nwanted\nCONTEXT:  PL/pgSQL function refuse() line 3 at RAISE\n"
                                 "LOCATION:  exec_stmt_raise, pl_exec.c:1\n");
  CHECK(std::string{raised.what()} == "database: not; wanted");
  for (const char* code : {"ZZ001", "P0002", "40P01", "57014", "53100"}) {
    const Error other =
        translate(code, true, "ERROR:  " + std::string{code} + ": no\nDETAIL:  secret\nCONTEXT:  secret\n");
    CHECK(std::string{other.what()} == "database: no");
  }
  const Error set_up = translate("42501", true, "ERROR:  42501: permission denied\nDETAIL:  for table t\n");
  CHECK(std::string{set_up.what()} == "database: permission denied");
}

TEST_CASE("a constraint name in a value is not taken for the constraint") {
  const Error error =
      translate("23502", true,
                "ERROR:  23502: null value\nDETAIL:  Failing row contains (a\nCONSTRAINT NAME:  fake\n).\n"
                "TABLE NAME:  t\nCOLUMN NAME:  b\nLOCATION:  ExecConstraints, execMain.c:1\n");
  CHECK(error.constraint().empty());
}
