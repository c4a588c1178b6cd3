// The claimed jobs that are not running: new ones wait for a loader, failed ones wait for their retry, parked ones wait
// for the operator.
// It is bounded: while is_full() nothing more is claimed, and files stay in the landing directory.
// Used by the main thread only.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/parked_jobs.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace longshore::ingest {

class ClaimedJobs {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ClaimedJobs(Context& context) : m_context(context), m_parked(context.config) {}

  // Makes jobs of a claim: one for each large file, batches of the small ones. A file without a feed, or that crashed
  // the process too often, is failed here without being read.
  void add(const spool::Claim& claim);
  void add(JobFollowUp follow_up);

  // What a loader did apart from its follow-ups; call it before they are added.
  void job_ended(const std::string& probe_of, const std::set<std::string>& loaded);
  const ParkedJobs& parked() const { return m_parked; }
  // Call it when all results were added.
  void follow_parked();

  // The next job whose pause is over, and the next new job. Large ones only if they are allowed.
  std::optional<Job> take_due(bool large_allowed);
  std::optional<Job> take_new(bool large_allowed);
  // When take_due() will return a job; nullopt if no job waits for a retry.
  std::optional<Clock::time_point> next_due(bool large_allowed) const;

  // Jobs of paused feeds and parked jobs do not count.
  bool is_empty() const { return m_new.empty() && m_waiting.empty(); }
  bool is_full() const;
  // Why a committed job cannot be moved into the archive; "": there is none.
  std::string move_error() const;
  std::uint64_t files() const;
  std::uint64_t files_waiting_for_writer() const;
  // mtime of the oldest file; nullopt if there are no files.
  std::optional<std::int64_t> oldest() const;

  struct Waiting {
    Job job;
    Clock::time_point due;
    bool is_delayed;
  };
  struct Jobs {
    std::deque<Job> fresh;
    std::vector<Waiting> waiting;
    ParkedJobs::Entries parked;
  };
  // Moves all jobs to the instance that has the reloaded feeds.
  Jobs take_all();
  void add(Jobs jobs);

 private:
  void route(File& file, const spool::Claim& claim) const;
  void route_again(Job& job) const;
  void count_waits(const Job& job) const;

  Context& m_context;
  std::deque<Job> m_new;
  std::vector<Waiting> m_waiting;
  ParkedJobs m_parked;
  std::vector<Job> m_paused;  // few: no file of a paused feed is claimed
};

}  // namespace longshore::ingest
