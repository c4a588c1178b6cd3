#include "ingest/retry_policy.hpp"

#include <algorithm>
#include <random>

namespace longshore::ingest {

Next settle(const Error& error, const Job& job, const Surroundings& around, const Patience& patience) {
  const bool alone = job.files.size() == 1;
  // the ledger refuses even the row that says failed, or these are no files of ours: never a reason to lose them
  const bool cannot_fail = job.kind == Job::Kind::unrouted || (alone && job.files[0].decided);
  if (job.committed && error.fault() != Fault::fatal)
    return Next::later;  // the outcome stands: the move is tried until it succeeds
  switch (error.fault()) {
  case Fault::bad_file:
    if (cannot_fail)
      return Next::later;
    return alone ? Next::fail : Next::split;
  case Fault::contention:
    if (job.locks_lost == 0)
      return Next::again;
    return alone || cannot_fail ? Next::later : Next::split;
  case Fault::transient:
    if (!around.database_answers)
      return Next::wait;
    if (cannot_fail || job.refusals + 1 < patience.refusals)
      return Next::later;
    return alone ? Next::fail : Next::split;
  case Fault::disconnected:
  case Fault::unavailable: {
    const bool is_outage = error.fault() == Fault::unavailable || !around.database_answers;
    if (is_outage && !around.others_get_through)
      return Next::wait;
    if (!alone && !cannot_fail)
      return job.outages + job.losses > 0 ? Next::split : Next::later;  // who of them it is
    if (cannot_fail || !around.others_get_through || job.losses + 1 < patience.losses())
      return Next::later;
    return Next::fail;
  }
  case Fault::fatal:
    break;
  }
  return Next::stop;
}

std::chrono::milliseconds pause_before(unsigned tries, std::chrono::milliseconds first,
                                       std::chrono::milliseconds last) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto full = std::min(last, first * (1L << std::min(tries - 1, 20U)));
  return full / 2 + std::chrono::milliseconds{std::uniform_int_distribution<long>{0, full.count() / 2}(random)};
}

}  // namespace longshore::ingest
