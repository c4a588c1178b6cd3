#include "ingest/retry_policy.hpp"

#include "ingest/clock_doubt.hpp"

#include <algorithm>
#include <random>

namespace longshore::ingest {

FailedWork failed_work(const Job& job) {
  // a lone file whose outcome is fixed: the ledger refuses even the row that says failed
  const bool can_fail = job.files.size() != 1 || !is_outcome_fixed(job.files[0]);
  return {job.files.size(), job.committed, can_fail, job.failures};
}

FailedWork failed_work(const UnroutedFiles& unrouted) {
  return {unrouted.files.size(), false, false, unrouted.failures};
}

Action decide(const Error& error, const FailedWork& work, const Conditions& conditions, const RetryLimits& limits) {
  const Failures& failures = work.failures;
  const bool alone = work.files == 1;
  if (work.committed && error.fault() != Fault::fatal)
    return Action::retry_later;  // the outcome is recorded: the move is retried until it succeeds
  switch (error.fault()) {
  case Fault::bad_file:
    if (!work.can_fail)
      return Action::retry_later;
    return alone ? Action::fail_file : Action::split;
  case Fault::contention:
    if (failures.locks_lost == 0)
      return Action::retry_now;
    return alone || !work.can_fail || error.code() == k_cannot_begin ? Action::retry_later : Action::split;
  case Fault::transient:
    if (!conditions.database_answers)
      return Action::declare_outage;
    if (!work.can_fail || error.code() == k_waits_for_clock || failures.refusals + 1 < limits.refusals)
      return Action::retry_later;
    return alone ? Action::fail_file : Action::split;
  case Fault::disconnected:
  case Fault::unavailable: {
    const bool is_outage = error.fault() == Fault::unavailable || !conditions.database_answers;
    if (is_outage && !conditions.others_succeed)
      return Action::declare_outage;
    if (!alone && work.can_fail)
      return failures.outages + failures.losses > 0 ? Action::split : Action::retry_later;
    if (!work.can_fail || !conditions.others_succeed || failures.losses + 1 < limits.losses())
      return Action::retry_later;
    return Action::fail_file;
  }
  case Fault::needs_operator:
    return alone || !work.can_fail ? Action::park : Action::split;
  case Fault::fatal:
    break;
  }
  return Action::stop_process;
}

std::chrono::milliseconds pause_before(unsigned tries, std::chrono::milliseconds first,
                                       std::chrono::milliseconds last) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto full = std::min(last, first * (1L << std::min(tries - 1, 20U)));
  return full / 2 + std::chrono::milliseconds{std::uniform_int_distribution<long>{0, full.count() / 2}(random)};
}

}  // namespace longshore::ingest
