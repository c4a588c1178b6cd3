// What PostgreSQL takes for equal jsonb has one canonical text.
#include "decode/canonical_json.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::vector<std::string> k_samples = {
    "0",
    "-0",
    "0.0e5",
    "1",
    "1.0",
    "10e-1",
    "100",
    "1e2",
    "1.5",
    "1.50",
    "15e-1",
    "-1.5",
    "1e-10",
    "0.0000000001",
    "1e30",
    "1000000000000000000000000000000",
    "9007199254740992",
    "9007199254740993",
    "0.1",
    "0.10000000000000000001",
    R"("a")",
    R"("\u0061")",
    R"("é")",
    R"("\u00e9")",
    R"("e\u0301")",
    R"("\n")",
    R"("\u000a")",
    R"("/")",
    R"("\/")",
    R"("\ud83d\ude97")",
    R"("\\")",
    R"("")",
    "null",
    "true",
    "false",
    "[]",
    "[1,2]",
    "[ 1.0, 2 ]",
    "[2,1]",
    "{}",
    R"({"a":1,"b":2})",
    R"({"b":2.0, "a":1})",
    R"({"a":1,"a":2,"b":2})",
    R"({"a":2,"b":2})",
    R"({"bb":1,"a":{"d":[1,{"y":1,"x":2}],"c":null}})",
    R"({"a":{"c":null,"d":[1.0,{"x":2,"y":1}]},"bb":1})",
};

std::string canonical(const std::string& source) {
  Bytes out;
  decode::CanonicalJson{}.append(source, out);
  return std::string{out.view()};
}

}  // namespace

TEST_CASE_ON_EACH_STORE("the database reads each canonical text as the value of its source") {
  const auto session = open_migrated(target, built_in());
  const bool postgres = target.engine == store::Engine::postgres;
  const std::string sql = postgres ? "select $1::jsonb = $2::jsonb" : "select json_valid($1) and json_valid($2)";
  for (const std::string& sample : k_samples)
    CHECK_MESSAGE(store::as_int(session->exec(sql, {sample, canonical(sample)}).rows[0][0]) == 1, sample);
}

TEST_CASE_ON_EACH_STORE("two samples have one canonical text if PostgreSQL takes them for equal, and only then") {
  if (target.engine != store::Engine::postgres)
    return;
  const auto session = open_migrated(target, built_in());
  for (const std::string& a : k_samples)
    for (const std::string& b : k_samples)
      CHECK_MESSAGE((store::as_int(session->exec("select $1::jsonb = $2::jsonb", {a, b}).rows[0][0]) == 1) ==
                        (canonical(a) == canonical(b)),
                    a << " and " << b);
}
