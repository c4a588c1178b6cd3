// A feed with a latest table, for tests of migrations.
#pragma once

#include "base/error.hpp"
#include "feed/feed.hpp"
#include "store/migrate.hpp"

#include <doctest/doctest.h>

#include <string>

namespace longshore::test {

// `columns` follow gate and at.
inline Feed gates(const std::string& columns, const std::string& key = R"("gate", "at")") {
  return parse_feed(R"(
name    = "gates"
files   = ["gates_*.json"]
records = [""]
table   = "gate_events"
key     = [)" + key + R"(]
latest  = { table = "gate", key = ["gate"], newest = "at" }
columns = [
  { name = "gate", from = "/gate", type = "text" },
  { name = "at",   from = "/at",   type = "timestamp" },
)" + columns + "]\n",
                    "feeds.d/gates.toml");
}

inline constexpr auto k_open = R"(  { name = "open", from = "/open", type = "boolean" },
)";
inline constexpr auto k_firmware = R"(  { name = "firmware", from = "/firmware/*", type = "text[]", required = false },
)";

// The error of a migration that must be refused, with a hint and the exit code of wrong settings.
inline Error refusal(store::Session& session, const Registry& registry) {
  try {
    store::migrate(session, registry);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::fatal);
    CHECK(error.exit() == Exit::config);
    CHECK(!error.hint().empty());
    return error;
  }
  FAIL("migrated");
  return {Fault::fatal, ""};
}

}  // namespace longshore::test
