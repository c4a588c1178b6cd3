#include "ingest/claimed_jobs.hpp"

#include "base/time.hpp"
#include "ingest/batching.hpp"

#include <algorithm>
#include <utility>

namespace longshore::ingest {
namespace {

// With this many refused jobs nothing more is claimed: further files stay in the landing directory.
constexpr std::ptrdiff_t k_most_refused = 64;
// Jobs that wait for the clock or for a writer, for up to an hour: one producer must not soon stop the other feeds.
constexpr std::ptrdiff_t k_most_patient = 512;
// Jobs that wait for a lock, or for an idle loader after a split, usually finish together.
constexpr std::size_t k_most_waiting = 4096;
constexpr unsigned k_most_crashes = 3;

// Why a claimed file must not be read; "": it may be read.
std::string fault_of(const File& file, const spool::Claim& claim) {
  if (!file.feed)
    return "no feed matches this file name any more";
  if (claim.directory.crashes >= k_most_crashes)
    return "longshore crashed " + std::to_string(claim.directory.crashes) + " times while it was loaded";
  return "";
}

bool may_start(const Job& job, bool large_allowed) { return large_allowed || job.kind != Job::Kind::large; }

}  // namespace

void ClaimedJobs::add(const spool::Claim& claim) {
  const spool::Claim without_files{claim.id,      claim.directory,  {}, claim.instance_directory,
                                   claim.durable, claim.directories};
  const auto empty_job = [&](Job::Kind kind) {
    Job job;
    job.kind = kind;
    job.claim = without_files;
    return job;
  };
  const auto add_file = [&](Job& job, const spool::Candidate& entry) {
    File& file = job.files.emplace_back();
    file.entry = entry;
    route(file, claim);
  };
  Job small = empty_job(Job::Kind::small);
  std::uint64_t bytes = 0;
  for (const spool::Candidate& entry : claim.files) {
    if (is_large(entry, m_context.config)) {
      add_file(m_new.emplace_back(empty_job(Job::Kind::large)), entry);
      continue;
    }
    add_file(small, entry);
    bytes += entry.size;
    if (small.files.size() >= m_context.config.batch_files || bytes >= m_context.config.large_file) {
      m_new.push_back(std::exchange(small, empty_job(Job::Kind::small)));
      bytes = 0;
    }
  }
  if (!small.files.empty())
    m_new.push_back(std::move(small));
}

void ClaimedJobs::route(File& file, const spool::Claim& claim) const {
  file.feed = m_context.registry.route(file.entry.name);
  if (const std::string fault = fault_of(file, claim); !fault.empty()) {
    begin_attempt(file, claim.id, 1, m_context.workspace.instance());
    set_failed(file, Error{Fault::bad_file, fault});
    fix_outcome(file);
  }
}

void ClaimedJobs::route_again(Job& job) const {
  for (File& file : job.files)
    if (job.committed || is_outcome_fixed(file))
      file.feed = m_context.registry.route(file.entry.name);
    else
      route(file, job.claim);
}

ClaimedJobs::Jobs ClaimedJobs::take_all() {
  for (Job& job : m_paused) {
    job.is_paused = false;
    m_new.push_back(std::move(job));
  }
  m_paused.clear();
  return {std::move(m_new), std::move(m_waiting), m_parked.take_all()};
}

void ClaimedJobs::add(Jobs jobs) {
  m_new = std::move(jobs.fresh);
  m_waiting = std::move(jobs.waiting);
  const auto take_over = [&](Job& job) {
    count_waits(job);
    route_again(job);
  };
  std::ranges::for_each(m_new, take_over);
  for (Waiting& waiting : m_waiting)
    take_over(waiting.job);
  for (auto& [feed, entry] : jobs.parked)
    std::ranges::for_each(entry.jobs, take_over);
  m_parked.add(std::move(jobs.parked));
  follow_parked();
}

// The context of the reloaded feeds does not know which files wait for the clock.
void ClaimedJobs::count_waits(const Job& job) const {
  if (job.committed)
    return;
  for (const File& file : job.files)
    if (file.was_ahead)
      m_context.clock.file_waits(file.row.file_name);
}

void ClaimedJobs::add(JobFollowUp follow_up) {
  if (follow_up.job.is_paused) {
    m_paused.push_back(std::move(follow_up.job));
    return;
  }
  if (!follow_up.job.park_reason.empty()) {
    m_parked.add(std::move(follow_up.job));
    return;
  }
  follow_up.job.probe_of.clear();
  const auto& delay = follow_up.delay;
  // a half before the rest: one file at fault is found before all others are tried alone
  const auto at = delay ? m_waiting.end() : m_waiting.begin();
  const auto due = Clock::now() + (delay ? delay->pause : std::chrono::milliseconds{0});
  m_waiting.insert(at, {std::move(follow_up.job), due, delay.has_value()});
}

void ClaimedJobs::job_ended(const std::string& probe_of, const std::set<std::string>& loaded) {
  if (!probe_of.empty())
    m_parked.try_ended(probe_of);
  for (const std::string& feed : loaded)
    for (Job& job : m_parked.feed_loaded(feed, feed == probe_of))
      m_waiting.push_back({std::move(job), Clock::now(), false});
}

void ClaimedJobs::follow_parked() {
  m_parked.forget_empty();
  m_parked.log_reminder();
  m_context.has_parked = !m_parked.is_empty();
}

std::optional<Job> ClaimedJobs::take_due(bool large_allowed) {
  const auto now = Clock::now();
  const auto is_due = [&](const Waiting& waiting) {
    return waiting.due <= now && may_start(waiting.job, large_allowed);
  };
  for (;;) {
    const auto found = std::ranges::find_if(m_waiting, is_due);
    if (found == m_waiting.end())
      return m_parked.take_due(large_allowed);
    Job job = std::move(found->job);
    m_waiting.erase(found);
    m_parked.take_stalled(job);
    if (!job.files.empty())
      return job;
  }
}

std::optional<Job> ClaimedJobs::take_new(bool large_allowed) {
  for (;;) {
    const auto found = std::ranges::find_if(m_new, [&](const Job& job) { return may_start(job, large_allowed); });
    if (found == m_new.end())
      return {};
    Job job = std::move(*found);
    m_new.erase(found);
    m_parked.take_stalled(job);
    if (!job.files.empty())
      return job;
  }
}

std::optional<ClaimedJobs::Clock::time_point> ClaimedJobs::next_due(bool large_allowed) const {
  std::optional<Clock::time_point> first = m_parked.next_due(large_allowed);
  for (const Waiting& waiting : m_waiting)
    if (may_start(waiting.job, large_allowed))
      first = std::min(first.value_or(waiting.due), waiting.due);
  return first;
}

bool ClaimedJobs::is_full() const {
  const auto is_patient = [](const Waiting& waiting) {
    return waiting.job.failures.clock_waits > 0 || waiting.job.failures.writer_waits > 0;
  };
  const auto is_refused = [&](const Waiting& waiting) {
    return waiting.is_delayed && waiting.job.failures.locks_lost == 0 && !is_patient(waiting);
  };
  return m_waiting.size() >= k_most_waiting || std::ranges::count_if(m_waiting, is_refused) >= k_most_refused ||
         std::ranges::count_if(m_waiting, is_patient) >= k_most_patient;
}

std::string ClaimedJobs::move_error() const {
  const auto found =
      std::ranges::find_if(m_waiting, [](const Waiting& waiting) { return !waiting.job.move_error.empty(); });
  return found == m_waiting.end() ? "" : found->job.move_error;
}

std::uint64_t ClaimedJobs::files() const {
  std::uint64_t count = 0;
  for (const Job& job : m_new)
    count += job.files.size();
  for (const Waiting& waiting : m_waiting)
    count += waiting.job.files.size();
  for (const Job& job : m_paused)
    count += job.files.size();
  return count + m_parked.files();
}

std::uint64_t ClaimedJobs::files_waiting_for_writer() const {
  std::uint64_t count = 0;
  for (const Waiting& waiting : m_waiting)
    if (waiting.job.failures.writer_waits > 0)
      count += waiting.job.files.size();
  return count;
}

std::optional<std::int64_t> ClaimedJobs::oldest() const {
  std::optional<std::int64_t> oldest;
  const auto include = [&](const Job& job) {
    for (const File& file : job.files) {
      const timespec& at = file.entry.mtime;
      const auto mtime = micros_of(at.tv_sec, at.tv_nsec);
      oldest = std::min(oldest.value_or(mtime), mtime);
    }
  };
  std::ranges::for_each(m_new, include);
  for (const Waiting& waiting : m_waiting)
    include(waiting.job);
  std::ranges::for_each(m_paused, include);
  m_parked.for_each(include);
  return oldest;
}

}  // namespace longshore::ingest
