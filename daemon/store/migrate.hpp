// The tables: the ledger's and the built-in feeds' from the compiled-in migrations, a user's feed's from its declaration.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace longshore::store {

// What was done, a line each, for people: "0001_ledger", "table door_events", "door_events.firmware". Empty: all was there.
using Changes = std::vector<std::string>;

// Brings the database to what this binary and these feeds need. Safe when several do it at once (an advisory lock on
// PostgreSQL with a short lock time-out and pauses, BEGIN IMMEDIATE on SQLite). Adds tables and nullable columns, nothing
// else. Throws Error{fatal, Exit::config} with a hint when the database is newer than the binary, when an applied migration's
// checksum differs, or when a table has another shape than its feed (naming each column that differs).
Changes migrate(Session& session, const Registry& registry);

// The same check without writing: throws Error{fatal, Exit::config} that says what is missing, hint: longshore migrate.
void verify(Session& session, const Registry& registry);

}  // namespace longshore::store
