#include "ingest/claimed_jobs.hpp"

#include "base/time.hpp"
#include "ingest/outcome.hpp"

#include <algorithm>
#include <string>

namespace longshore::ingest {
namespace {

// So many jobs that cannot be settled, and files are safer in the landing directory. Those that only wait for a neighbour's lock
// do not count so soon: they go as one when he is done.
constexpr std::size_t k_most_parked = 64;
constexpr std::size_t k_most_locked_out = 4096;
constexpr unsigned k_most_crashes = 3;

// Why a claimed file is not even to be looked into; "" for none.
std::string fault_of(const spool::Claim& claim, const File& file) {
  if (!file.feed)
    return "no feed takes a file of this name any more";
  if (claim.directory.crashes >= k_most_crashes)
    return "longshore crashed " + std::to_string(claim.directory.crashes) + " times while it was loaded";
  return "";
}

bool may_start(const Job& job, bool large_allowed) { return large_allowed || job.kind != Job::Kind::large; }

}  // namespace

void ClaimedJobs::add(const spool::Claim& claim) {
  Job small;
  std::uint64_t bytes = 0;
  const auto push = [&](Job& job) {
    job.claim = claim;
    job.claim.files.clear();
    m_new.push_back(std::move(job));
    job = {};
  };
  for (const spool::Candidate& entry : claim.files) {
    if (is_large(entry)) {
      Job large;
      large.kind = Job::Kind::large;
      large.files.push_back(file_of(claim, entry));
      push(large);
      continue;
    }
    small.files.push_back(file_of(claim, entry));
    bytes += entry.size;
    if (small.files.size() >= m_context.config.batch_files || bytes >= m_context.config.large_file) {
      push(small);
      bytes = 0;
    }
  }
  if (!small.files.empty())
    push(small);
}

File ClaimedJobs::file_of(const spool::Claim& claim, const spool::Candidate& entry) const {
  File file;
  file.entry = entry;
  route(claim, file);
  return file;
}

void ClaimedJobs::route(const spool::Claim& claim, File& file) const {
  file.feed = m_context.registry.route(file.entry.name);
  if (const std::string fault = fault_of(claim, file); !fault.empty()) {
    Job job;
    job.claim = claim;
    begin_row(file, job, m_context);
    make_failed(file, Error{Fault::bad_file, fault});
    file.decided = true;
  }
}

void ClaimedJobs::take(Jobs jobs) {
  m_new = std::move(jobs.fresh);
  m_parked = std::move(jobs.parked);
  const auto route_again = [&](Job& job) {
    for (File& file : job.files)
      if (job.kind == Job::Kind::unrouted || job.committed || file.decided)
        file.feed = m_context.registry.route(file.entry.name);
      else
        route(job.claim, file);
  };
  std::ranges::for_each(m_new, route_again);
  for (Parked& parked : m_parked)
    route_again(parked.job);
}

void ClaimedJobs::park(Later later) { m_parked.push_back({std::move(later.job), Clock::now() + later.pause}); }

std::optional<Job> ClaimedJobs::take_due(bool large_allowed) {
  const auto now = Clock::now();
  const auto due = std::ranges::find_if(
      m_parked, [&](const Parked& parked) { return parked.due <= now && may_start(parked.job, large_allowed); });
  if (due == m_parked.end())
    return {};
  Job job = std::move(due->job);
  m_parked.erase(due);
  return job;
}

std::optional<Job> ClaimedJobs::take_new(bool large_allowed) {
  const auto found = std::ranges::find_if(m_new, [&](const Job& job) { return may_start(job, large_allowed); });
  if (found == m_new.end())
    return {};
  Job job = std::move(*found);
  m_new.erase(found);
  return job;
}

std::optional<ClaimedJobs::Clock::time_point> ClaimedJobs::next_due(bool large_allowed) const {
  std::optional<Clock::time_point> first;
  for (const Parked& parked : m_parked)
    if (may_start(parked.job, large_allowed))
      first = std::min(first.value_or(parked.due), parked.due);
  return first;
}

bool ClaimedJobs::is_full() const {
  const auto is_refused = [](const Parked& parked) { return parked.job.locks_lost == 0; };
  return m_parked.size() >= k_most_locked_out ||
         static_cast<std::size_t>(std::ranges::count_if(m_parked, is_refused)) >= k_most_parked;
}

std::string ClaimedJobs::trouble() const {
  const auto found = std::ranges::find_if(m_parked, [](const Parked& parked) { return !parked.job.trouble.empty(); });
  return found == m_parked.end() ? "" : found->job.trouble;
}

std::uint64_t ClaimedJobs::files() const {
  std::uint64_t count = 0;
  for (const Job& job : m_new)
    count += job.files.size();
  for (const Parked& parked : m_parked)
    if (parked.job.kind != Job::Kind::unrouted)
      count += parked.job.files.size();
  return count;
}

std::optional<std::int64_t> ClaimedJobs::oldest() const {
  std::optional<std::int64_t> oldest;
  const auto look = [&](const Job& job) {
    if (job.kind == Job::Kind::unrouted)
      return;
    for (const File& file : job.files) {
      const timespec& at = file.entry.mtime;
      const auto mtime = micros_of(at.tv_sec, at.tv_nsec);
      oldest = std::min(oldest.value_or(mtime), mtime);
    }
  };
  std::ranges::for_each(m_new, look);
  for (const Parked& parked : m_parked)
    look(parked.job);
  return oldest;
}

}  // namespace longshore::ingest
