// The begin of every transaction that loads files.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "store/store.hpp"

namespace longshore::ingest {

// Begins the transaction, and compares the declarations of the feeds whose files get an outcome in it. If one differs
// from that in the database, it rolls back, pauses the feed, and throws an Error with the code k_other_declaration.
// If a migration holds its lock too long, the Error has the code k_cannot_begin.
void begin_load(const Job& job, store::LoadOrder order, Context& context, store::Session& session);

}  // namespace longshore::ingest
