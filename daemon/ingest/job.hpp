// Work for a loader: claimed files that share a transaction, or files without a feed. Both carry their failure counts.
#pragma once

#include "config/config.hpp"
#include "ingest/file.hpp"
#include "spool/work/workspace.hpp"

#include <algorithm>
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
  unsigned clock_waits = 0;                   // most records were dated ahead of this host's clock: see clock_wait()
  unsigned writer_waits = 0;                  // it waits in its claim for an open writer; not an attempt
  std::optional<std::uint64_t> commits_seen;  // Context::commits at the last outage or lost connection

  unsigned total() const { return refusals + locks_lost + losses + outages + clock_waits; }
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
  std::string
      park_reason;       // why it is parked (ParkedJobs); it stays while it is tried again, until its outcome is fixed
  std::string probe_of;  // the feed of a parked job that is being tried again; "": it is none
  Failures failures{};
};

// How long files wait in all for a clock that may be wrong, in pauses of retry_last. With config.once: config.wait.
inline constexpr std::chrono::hours k_clock_patience{1};

// The next pause of such a file. Zero after the last one: then records that are dated ahead become rejects.
inline std::chrono::milliseconds clock_wait(const Failures& failures, const config::Config& config) {
  const std::chrono::milliseconds patience = config.once ? config.wait : k_clock_patience;
  const auto left = patience - failures.clock_waits * config.retry_last;
  return std::clamp(left, std::chrono::milliseconds{0}, config.retry_last);
}
inline bool may_wait_for_clock(const Job& job, const config::Config& config) {
  return clock_wait(job.failures, config).count() > 0;
}

// Files in the landing directory whose names match no feed. The ledger records each once; the files stay.
struct UnroutedFiles {
  std::vector<spool::Candidate> files;
  Failures failures{};
};

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
