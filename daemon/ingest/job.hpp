// What a loader is given: claimed files that are to be committed together, and how often that was tried.
#pragma once

#include "feed/feed.hpp"
#include "feed/reject.hpp"
#include "spool/work/workspace.hpp"
#include "store/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::ingest {

// A claimed file on its way to its outcome.
struct File {
  spool::Candidate entry;
  const Feed* feed = nullptr;
  store::LedgerRow row;         // what the ledger will say of it
  std::vector<Reject> rejects;  // the stored ones
  std::int64_t file_id = 0;     // 0: not in the ledger yet
  bool decided = false;         // `row` holds the outcome already: only the ledger is to be told
  bool gone = false;            // from its claim: nothing is there to be moved
  bool settled_before = false;  // the ledger had the outcome of this arrival: only the move is left
};

struct Job {
  enum class Kind {
    small,     // many files, one transaction
    large,     // one file, streamed
    unrouted,  // files of no feed, to be noted in the ledger; they stay in landing
  };

  Kind kind = Kind::small;
  spool::Claim claim;  // whose files these are; several jobs may share one after a split
  std::vector<File> files;
  bool committed = false;  // the ledger has every outcome: only the moves are left
  std::string trouble;     // why they failed, the last time; "": they were not tried, or the database was away for them
  unsigned refusals = 0;   // times that a healthy database refused it
  unsigned locks_lost = 0;
  unsigned losses = 0;   // times that it met an outage, or lost the connection, while other jobs got through
  unsigned outages = 0;  // times that nobody got through: not counted against the files
  std::optional<std::uint64_t> commits_seen;  // Context::commits when that was last so
};

}  // namespace longshore::ingest
