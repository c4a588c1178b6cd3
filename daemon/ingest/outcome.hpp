// An outcome becomes visible: the ledger row's text, the move out of the claim, the reason beside a failed file, the log line.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive.hpp"

#include <string>

namespace longshore::ingest {

// "expected ',' … (byte 123, line 4, column 5)"
std::string with_position(const Error& error);

// Fills in what is known at the claim: names, sizes, times.
void begin_row(File& file, const Job& job, const Context& context);
// The row says failed, for this reason.
void make_failed(File& file, const Error& error);
// loaded, or partial when records were rejected.
void make_loaded(File& file);
void make_duplicate(File& file, std::int64_t holder);
// Chooses the archive path; call when the status is final, before the row is written.
void end_row(File& file, const Job& job, const spool::Archive& archive);

// After the commit, for every file of the job: moves it to its archive path (what was moved already stays), writes the
// reason beside a failed one, syncs the directories once, counts and logs. Throws transient when a move fails; then call
// it again: files that are done have been taken out of the job.
void archive(Job& job, Context& context, spool::Archive& archive, store::Session& session);

}  // namespace longshore::ingest
