// Moves some files of a job into a job of their own.
#pragma once

#include "ingest/job.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace longshore::ingest {

inline Job without_files(const Job& job) {
  Job other;
  other.kind = job.kind;
  other.claim = job.claim;
  other.failures = job.failures;
  return other;
}

// Moves the second half. Both keep the counts of lost locks and of waits for the clock, the others start at 0.
inline Job split(Job& job) {
  Job half = without_files(job);
  half.failures = {};
  half.failures.locks_lost = job.failures.locks_lost;
  half.failures.clock_waits = job.failures.clock_waits;
  job.failures.refusals = job.failures.losses = job.failures.outages = 0;
  const auto middle = job.files.begin() + static_cast<std::ptrdiff_t>(job.files.size() / 2);
  half.files.assign(std::make_move_iterator(middle), std::make_move_iterator(job.files.end()));
  job.files.erase(middle, job.files.end());
  return half;
}

// Moves the files for which `leaves(file)` is true; nullopt if there are none.
template <class Leaves>
std::optional<Job> take_leavers(Job& job, Leaves leaves) {
  const auto first =
      std::stable_partition(job.files.begin(), job.files.end(), [&](const File& file) { return !leaves(file); });
  if (first == job.files.end())
    return {};
  Job leavers = without_files(job);
  leavers.files.assign(std::make_move_iterator(first), std::make_move_iterator(job.files.end()));
  job.files.erase(first, job.files.end());
  return leavers;
}

}  // namespace longshore::ingest
