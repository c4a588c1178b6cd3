// The table ingest_feeds: which declaration of each feed is in force for the database. The last process that migrated,
// started or reloaded decides. A loader compares it in the transaction that it loads in, so a daemon with another
// declaration, which may not have been reloaded yet, writes no row.
#pragma once

#include "feed/feed.hpp"
#include "store/changes.hpp"
#include "store/horizons.hpp"
#include "store/store.hpp"
#include "store/table_steps.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

// feed -> declaration, as in ingest_feeds and Feed::declaration.
using Declarations = std::map<std::string, std::string>;

// Takes the lock that lock_out_loaders() waits for. A statement after it, in the same message or later, sees what the
// last holder of the other lock has committed.
inline constexpr std::string_view k_lock_declarations = "lock table ingest_feeds in access share mode";
// The same, and the lock that raise_horizon() waits for.
inline constexpr std::string_view k_lock_declarations_and_horizons =
    "lock table ingest_feeds, ingest_horizons in access share mode";

struct InForce {
  Declarations declarations;
  TaskFeeds task_feeds;
  Horizons horizons;  // only feed, column and time
};
// Begins a transaction, and returns what holds until its end: on PostgreSQL in the same message, and with a lock that
// lock_out_loaders() waits for. Without horizons.
InForce begin_load(Session& session, LoadOrder order);
// The same for feeds with `keep`: no horizon is raised until the end of the transaction either.
InForce begin_load_with_horizons(Session& session, LoadOrder order);
Declarations read_declarations(Session& session);
// Whether the database has exactly this declaration.
bool is_in_force(const Declarations& declared, const Feed& feed);

// One step for each feed whose declaration in the database differs. The name of a step is "declaration NAME"; a feed
// that the database does not have yet is no change.
std::vector<Step> steps_for_declarations(Session& session, const Registry& registry, const std::string& declared_by);

// The feeds whose row in ingest_feeds is missing, or differs in declaration, types or latest table.
std::vector<std::string> undeclared_feeds(Session& session, const Registry& registry);

// In a transaction: waits for the loads under way, and lets no other begin until its end. SQLite's transactions do that
// by themselves.
void lock_out_loaders(Session& session);

// For a message: the declaration of this feed here, and the one in the database.
std::string describe_difference(Session& session, const Feed& feed);

}  // namespace longshore::store
