// The database at the start: reached, ours alone where it must be, and of the right shape, before the first file is claimed.
#pragma once

#include "base/signals.hpp"
#include "config/config.hpp"
#include "feed/feed.hpp"
#include "observe/observer.hpp"
#include "store/store.hpp"

#include <chrono>
#include <memory>

namespace longshore::ingest {

// An outage may be a password that nobody mends by waiting: so often the log says again what is waited for.
inline constexpr std::chrono::minutes k_reminder{5};

// Waits for a database that is away: for ever, or with config.once for config.wait. Migrates, or with migrate = check
// verifies. The session must be kept: on SQLite it holds the lock against a second daemon. nullptr: given up, or a signal
// came. Throws Error{fatal}.
std::unique_ptr<store::Session> start_store(const config::Config& config, const Registry& registry,
                                            const store::Target& target, Signals& signals, observe::Observer& observer);

// The tables for other feeds, while nothing is under way; the session is replaced where several may be open. Throws Error.
void change_tables(std::unique_ptr<store::Session>& session, const config::Config& config, const Registry& registry,
                   const store::Target& target);

}  // namespace longshore::ingest
