// The retry policy: the only code that decides what happens after a fault.
// decide() is pure: error, failure counts and conditions in, action out. The loader carries the action out.
#pragma once

#include "base/error.hpp"
#include "ingest/job.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace longshore::ingest {

// Error::code() of contention before the first statement of a transaction, for example with a migration that changes
// tables: halves of a batch would meet the same.
inline constexpr std::string_view k_cannot_begin = "BEGIN";

enum class Action {
  retry_now,
  retry_later,     // after a pause; other work continues
  declare_outage,  // retry after a pause; no new work begins until a job succeeds
  split,           // retry each half by itself, to find the file at fault
  fail_file,       // the file is at fault: its ledger row says so
  park,  // retry after a pause, without a limit: only the operator can correct the fault; other work continues
  stop_process,
};

struct RetryLimits {
  unsigned refusals = 5;  // of one file by a healthy database, for reasons that may not be the file's
  // Of one file, while other jobs succeed. This limit is higher, because database restarts may interrupt the same large
  // file several times.
  unsigned losses() const { return 4 * refusals; }
};

// What was observed after the failure.
struct Conditions {
  bool database_answers = true;  // the session still works, or a new one was opened
  bool others_succeed = false;   // other jobs committed since this work last failed
};

struct FailedWork {
  std::size_t files;
  bool committed;
  bool can_fail;  // a ledger row can still be set to failed for it
  const Failures& failures;
};
FailedWork failed_work(const Job& job);
FailedWork failed_work(const UnroutedFiles& unrouted);

// `error` ended an attempt at `work`, whose counts do not include it yet.
Action decide(const Error& error, const FailedWork& work, const Conditions& conditions, const RetryLimits& limits);

// The pause before retry number `tries` (from 1). It doubles up to `last`; the actual pause is a random value between
// half of that and all of it, so that loaders that failed together do not retry together.
std::chrono::milliseconds pause_before(unsigned tries, std::chrono::milliseconds first, std::chrono::milliseconds last);

}  // namespace longshore::ingest
