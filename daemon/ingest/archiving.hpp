// Archiving: after the commit, moves each file of a job to the place that its ledger row names.
// A failed file gets a reason file beside it. The outcome is counted, logged and reported to the observer.
// A move that fails throws Error{transient}: call archive() again. Files that are done have left the job.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive/archive.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::ingest {

void archive(Job& job, Context& context, spool::Archive& archive, store::Session& session);

// Moves one file, with its reason. If another file has taken the place in processed/ since it was chosen, the row gets
// a new place first. Throws what the store throws, and transient; the code is ENOENT if the file is neither in its
// claim nor at its place. Call it again with the same `file` after a fault.
void move_to_place(const spool::Claim& claim, File& file, spool::Archive& archive, store::Session& session);

}  // namespace longshore::ingest
