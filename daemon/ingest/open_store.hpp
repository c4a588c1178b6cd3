// Opens the store at the start: waits for the database and for a clock that is not behind the ledger, takes the SQLite
// lock, and migrates or verifies the tables.
// Nothing is claimed before that. Throws Error{fatal} for a fault that does not end by waiting.
#pragma once

#include "base/signals.hpp"
#include "ingest/setup.hpp"
#include "observe/observer.hpp"
#include "store/store.hpp"

#include <memory>

namespace longshore::ingest {

// Waits without limit, or with config.once for config.wait. With migrate = check the tables are only verified. Keep the
// session: on SQLite it has the lock that excludes a second daemon. Returns nullptr if the wait ended without success,
// or by a signal.
std::unique_ptr<store::Session> open_store(const Setup& setup, const store::Target& target, Signals& signals,
                                           observe::Observer& observer);

// Creates the tables of other feeds and tasks. No job may run. On PostgreSQL the session is replaced. Throws Error.
void change_tables(std::unique_ptr<store::Session>& session, const Setup& setup, const store::Target& target);

}  // namespace longshore::ingest
