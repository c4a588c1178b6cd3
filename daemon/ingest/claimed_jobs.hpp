// What is claimed and not under way: jobs that wait for a loader, and jobs that are to be tried again. The main thread's.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/loader.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace longshore::ingest {

class ClaimedJobs {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ClaimedJobs(Context& context) : m_context(context) {}

  bool is_large(const spool::Candidate& file) const { return file.size >= m_context.config.large_file; }

  // A claim becomes jobs: each large file by itself, the small ones in batches. What needs no look into the file (a name
  // without a feed, a file that the process crashed over too often) is decided here.
  void add(const spool::Claim& claim);
  // Tried again when its pause is over.
  void park(Later later);

  // The next that is due, and the next that was not tried yet. Large ones only when they are allowed now.
  std::optional<Job> take_due(bool large_allowed);
  std::optional<Job> take_new(bool large_allowed);
  // When take_due() will have one; nullopt: nothing is parked.
  std::optional<Clock::time_point> next_due(bool large_allowed) const;

  bool is_empty() const { return m_new.empty() && m_parked.empty(); }
  // So much cannot be settled now that no more should be claimed.
  bool is_full() const;
  // Why a job that is committed cannot be moved into the archive; "": there is none.
  std::string trouble() const;
  // Claimed files in it.
  std::uint64_t files() const;
  // mtime of the oldest of them; nullopt: there are none.
  std::optional<std::int64_t> oldest() const;

  struct Parked {
    Job job;
    Clock::time_point due;
  };
  struct Jobs {
    std::deque<Job> fresh;
    std::vector<Parked> parked;
  };
  // All of it, for a backlog with other feeds.
  Jobs give() { return {std::move(m_new), std::move(m_parked)}; }
  void take(Jobs jobs);

 private:
  void route(const spool::Claim& claim, File& file) const;
  File file_of(const spool::Claim& claim, const spool::Candidate& entry) const;

  Context& m_context;
  std::deque<Job> m_new;
  std::vector<Parked> m_parked;
};

}  // namespace longshore::ingest
