// The begin of every transaction that loads files.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "store/changes.hpp"
#include "store/store.hpp"

namespace longshore::ingest {

// Begins the transaction, and compares the declarations of the feeds whose files get an outcome in it. If one differs
// from that in the database, it rolls back, pauses the feed, and throws an Error with the code k_other_declaration.
// If a migration holds its lock too long, the Error has the code k_cannot_begin.
// Files of feeds with `keep` that are not decoded yet get the horizon of the database, which stays until the end of the
// transaction. If one was decoded by another horizon, it rolls back, and throws an Error with the code k_other_horizon:
// the next attempt decodes by the right one.
// Returns the feeds with tasks, for store::add_changes(); none if the files of the job are of other feeds.
store::TaskFeeds begin_load(Job& job, store::LoadOrder order, Context& context, store::Session& session);

}  // namespace longshore::ingest
