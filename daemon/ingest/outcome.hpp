// An outcome becomes visible: the ledger row's text, the move out of the claim, the reason beside a failed file, the log line.
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"
#include "decode/decode.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive/archive.hpp"

#include <chrono>
#include <string>

namespace longshore::ingest {

// "expected ',' … (byte 123, line 4, column 5)"
std::string with_position(const Error& error);

// Fills in what is known at the claim: names, sizes, times.
void begin_row(File& file, const Job& job, const Context& context);
// What is read is the file as it is now: who writes it may have gone on after the claim.
void take_stat(File& file, const Fd& fd);
void take_stat(File& file, const struct stat& st);
// Throws Error{contention} when the fault of a bad file may be only that it is not whole yet: it has changed since, or it ends
// early and was written within the grace.
void refuse_unfinished(const spool::Claim& claim, const File& file, const Error& error,
                       std::chrono::milliseconds grace);
// The ledger has the outcome already.
void take_outcome(File& file, const store::Arrival& arrival);
// The decoder's counts into the row.
void take_counts(store::LedgerRow& row, const decode::Decoded& decoded);
// The row says failed, for this reason.
void make_failed(File& file, const Error& error);
// loaded, or partial when records were rejected.
void make_loaded(store::LedgerRow& row);
void make_duplicate(File& file, std::int64_t holder);
// No regular file is in the claim any more: an operator took it, who may have told the ledger (by_hand.hpp). Unless the row is
// there already it says failed.
void make_gone(File& file);
// What stands beside a failed file; its first line, the head, says whose reason it is.
std::string reason_head(std::int64_t file_id);
std::string reason_text(const File& file);
// Chooses the archive path; call when the status is final, before the row is written.
void end_row(File& file, const Job& job, const spool::Archive& archive);

// After the commit: to the place that the ledger row names, with its reason; when somebody took that since it was chosen, the
// row is told of another first. Throws transient; ENOENT when it is neither in its claim nor there.
void move_to_place(const spool::Claim& claim, File& file, spool::Archive& archive, store::Session& session);

// After the commit, for every file of the job: moves it to its archive path (what was moved already stays), writes the
// reason beside a failed one, syncs the directories once, counts and logs. Throws transient when a move fails; then call
// it again: files that are done have been taken out of the job.
void archive(Job& job, Context& context, spool::Archive& archive, store::Session& session);

}  // namespace longshore::ingest
