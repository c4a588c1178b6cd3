// The claimed jobs that are not running: new ones wait for a loader, failed ones wait for their retry.
// It is bounded: while is_full() nothing more is claimed, and files stay in the landing directory.
// Used by the main thread only.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/work/wait_reasons.hpp"

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

  explicit ClaimedJobs(Context& context) : m_context(context) {}

  // Makes jobs of a claim: one for each large file, batches of the small ones. A file without a feed, or that crashed
  // the process too often, is failed here without being read.
  void add(const spool::Claim& claim);
  void add(JobFollowUp follow_up);

  // Parked jobs with files of this feed are due now.
  void resume(const std::string& feed);
  // Why files are parked, by feed and reason.
  std::vector<spool::WaitReason> parked() const;
  // Feeds with so many parked files that no more of them are claimed.
  std::set<std::string> full_feeds() const;

  // The next job whose pause is over, and the next new job. Large ones only if they are allowed.
  std::optional<Job> take_due(bool large_allowed);
  std::optional<Job> take_new(bool large_allowed);
  // When take_due() will return a job; nullopt if no job waits for a retry.
  std::optional<Clock::time_point> next_due(bool large_allowed) const;

  // Jobs of paused feeds do not count. is_full() does not count parked jobs: full_feeds() bounds them.
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
  std::vector<Job> m_paused;  // few: no file of a paused feed is claimed
};

}  // namespace longshore::ingest
