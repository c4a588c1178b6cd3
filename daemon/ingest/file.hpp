// A claimed file, its state, and the ledger row that will record its outcome.
// The functions below are the only code that changes the state or the outcome in the row.
// None of them touches the database. Those that throw say so.
//
//   begin_attempt(): the first attempt, and every retry of a file in the states unread, read, outgrown and ahead
//        │
//        v
//     unread ──> read ──────────────┐  decoded, or its content is known
//        │         │ fix_outcome()  │
//        │         v                ├──> ledger row committed ──> moved into the archive
//        ├──> outcome_fixed ────────┤    (Job::committed)
//        ├──> missing ──────────────┘    nothing to move
//        ├──> recorded_before ─────────────────────────────────> moved into the archive
//        ├──> outgrown ──> unread, in a large job of its own
//        ├──> ahead ──> unread, in a job of such files, after a pause
//        └──> open ──> back in landing; unread in a job of such files, after a pause, if landing has another of its name
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"
#include "decode/decode.hpp"
#include "feed/feed.hpp"
#include "feed/reject.hpp"
#include "spool/archive/archive.hpp"
#include "spool/work/workspace.hpp"
#include "store/ledger.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::ingest {

enum class FileState {
  unread,           // `row` has no outcome
  read,             // `row` has the outcome of this attempt
  outcome_fixed,    // `row` has the final outcome: a retry records it without reading the file again
  missing,          // as outcome_fixed, and the file is no longer in its claim
  recorded_before,  // the ledger had the outcome of this arrival before this attempt
  outgrown,         // too large for a batch
  ahead,            // most records are dated ahead of this host's clock, which may be wrong: it waits
  open,             // a process has it open for writing: it waits
};

struct File {
  spool::Candidate entry;
  const Feed* feed = nullptr;
  FileState state = FileState::unread;
  store::LedgerRow row;
  std::vector<Reject> rejects;               // of at most Config::stored_rejects records
  std::vector<decode::UnreadMember> unread;  // of this attempt; counted after the commit
  std::int64_t horizon = k_no_horizon;       // of its feed, by which this attempt decodes
  bool was_ahead = false;                    // an earlier attempt ended in the state `ahead`
  bool may_grow = false;                     // it has, or may have, an open writer, and is loaded nevertheless
  std::int64_t file_id = 0;                  // valid from the attempt's first ledger statement on
  std::string next_place;                    // the ledger may have it already: see ingest/archiving.cpp
};

// The ledger's error text for a missing file. No copy of such a file exists.
inline constexpr std::string_view k_missing = "removed from its claim by an unknown process before it was loaded";

// A retry does not read it again.
inline bool is_outcome_fixed(const File& file) {
  return file.state == FileState::outcome_fixed || file.state == FileState::missing ||
         file.state == FileState::recorded_before;
}
// The transaction of this attempt inserts its ledger row.
inline bool is_to_be_recorded(const File& file) {
  return file.state != FileState::outgrown && file.state != FileState::ahead && file.state != FileState::open &&
         file.state != FileState::recorded_before;
}
// It is in its claim, and this attempt records its outcome.
inline bool is_to_be_archived(const File& file) {
  return file.state == FileState::read || file.state == FileState::outcome_fixed;
}

// ---- transitions

// -> unread. Fills in what is known at the claim: names, size, times.
void begin_attempt(File& file, const std::string& claim_id, unsigned attempt, const std::string& instance);
// unread -> read. The status is loaded, or partial if records were rejected.
void set_loaded(File& file, const decode::Decoded& decoded);
// unread, read -> read.
void set_failed(File& file, const Error& error);
void set_duplicate(File& file, std::int64_t holder);
// unread, read -> outcome_fixed.
void fix_outcome(File& file);
// unread -> missing. The file was taken out by an operator (admin/takeout.hpp) or removed by another process.
void set_missing(File& file);
// any -> recorded_before.
void set_recorded_before(File& file, const store::Arrival& arrival);
// unread, read -> outgrown.
void set_outgrown(File& file);
// unread -> ahead. Later attempts measure against their own start instead of the claim, because the clock may have been
// corrected since, and record that as claimed_at.
void set_ahead(File& file);
// unread -> open.
void set_open(File& file);

// ---- the ledger row

// Size and time as they are when the file is read: a producer may have continued to write after the claim.
void set_size_and_time(File& file, const struct stat& st);
void set_counts(store::LedgerRow& row, const decode::Decoded& decoded);
store::Status loaded_status(const store::LedgerRow& row);
// For the decoder.
decode::FileFacts facts_of(const File& file);
// Call when the outcome is known, before the row is written. Chooses the archive path. `files` share the transaction.
void finish_row(File& file, const spool::Claim& claim, std::size_t files, const spool::Archive& archive);
// For the ledger, the reason file and the log: "expected ',' … (byte 123, line 4, column 5); hint: …"
std::string error_text(const Error& error);

// ---- the file in its claim

// True if the file's size or mtime differs from what was read. False if the file is not in its claim.
bool has_changed(const spool::Claim& claim, const File& file);
// For a bad file: throws contention if it may only be incomplete. That is a file that has changed since it was read, or
// one that ends early and is younger than `grace`.
void require_complete(const spool::Claim& claim, const File& file, const Error& error, std::chrono::milliseconds grace);
// The same for a document that can be loaded: its last record may be incomplete. Call it before the commit.
void require_complete(const spool::Claim& claim, const File& file, const decode::Decoded& decoded,
                      std::chrono::milliseconds grace);

}  // namespace longshore::ingest
