// Work for a loader: claimed files that share a transaction, or files without a feed. Both carry their failure counts.
#pragma once

#include "config/config.hpp"
#include "ingest/file.hpp"
#include "spool/work/workspace.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace longshore::ingest {

// How often work failed, by kind of fault. The retry policy reads the counts, the loader changes them.
struct Failures {
  unsigned refusals = 0;  // a healthy database, or the file system, refused it
  unsigned locks_lost = 0;
  unsigned losses = 0;                        // it met an outage or lost the connection while other jobs succeeded
  unsigned outages = 0;                       // no job succeeded: not counted against the files
  std::optional<std::uint64_t> commits_seen;  // Context::commits at the last outage or lost connection

  unsigned total() const { return refusals + locks_lost + losses + outages; }
};

struct Job {
  enum class Kind {
    small,  // many files, one transaction
    large,  // one file, streamed
  };

  Kind kind = Kind::small;
  spool::Claim claim;  // several jobs may share one
  std::vector<File> files;
  bool committed = false;  // the ledger has every outcome: only the moves into the archive are left
  bool is_paused = false;  // its feeds are paused: it waits for a reload
  std::string move_error;  // why the last try to move failed; "" if none failed
  Failures failures{};
};

// False for the last attempt that the retry policy allows: then records that are dated ahead become rejects.
inline bool may_wait_for_clock(const Job& job, const config::Config& config) {
  return job.failures.refusals + 1 < config.refusals;
}

// Files in the landing directory whose names match no feed. The ledger records each once; the files stay.
struct UnroutedFiles {
  std::vector<spool::Candidate> files;
  Failures failures{};
};

// Writes Context::drift to the database.
struct DriftWrite {};

// When work that failed runs again.
struct Delay {
  std::chrono::milliseconds pause;
  std::string outage;  // the error, if the database or a directory is unavailable for all work; "" if only for this
};

// No delay: it runs as soon as a loader is idle.
struct JobFollowUp {
  Job job;
  std::optional<Delay> delay{};
};
struct UnroutedFollowUp {
  UnroutedFiles unrouted;
  std::optional<Delay> delay{};
};

}  // namespace longshore::ingest
