// The one place where a fault is acted upon.
#pragma once

#include "base/error.hpp"
#include "ingest/job.hpp"

#include <chrono>

namespace longshore::ingest {

enum class Next {
  again,  // the same work, at once
  later,  // the same work, after a pause; others go on
  wait,   // what every file needs is away: nothing else is begun before it is back
  split,  // each half by itself: find the one that is to blame
  fail,   // the file is at fault: its ledger row says so
  stop,   // the process must end
};

struct Patience {
  unsigned refusals = 5;  // of one file by a healthy database, for reasons that are not known to be the file's
  // Times that one file met an outage, or lost the connection, while others got through. A restart or an administrator's
  // hand may hit the same large file several times, hence more of them.
  unsigned losses() const { return 4 * refusals; }
};

// How it stands besides the job.
struct Surroundings {
  bool database_answers = true;     // the session still works, or a new one could be had
  bool others_get_through = false;  // other jobs were committed since this one failed last
};

// What to do after `error` ended a try of `job`, whose counters it has not changed yet. Pure.
Next settle(const Error& error, const Job& job, const Surroundings& around, const Patience& patience);

// The pause before try number `tries` (from 1): doubled each time up to `last`, and from half to the whole of that at
// random, so that loaders that fell together do not rise together.
std::chrono::milliseconds pause_before(unsigned tries, std::chrono::milliseconds first, std::chrono::milliseconds last);

}  // namespace longshore::ingest
