// Jobs that met a fault which only the operator can correct (Fault::needs_operator): a missing partition, table, column
// or right. They wait here by feed, and nothing counts against their files.
//
// At times some of a feed are tried again, one after another: a round. When one of them loads, all parked jobs of the
// feed are tried. With config.once there are no rounds.
//
// A feed is stalled if k_most_in_a_row of its files were parked and none was loaded between them. Then its jobs are
// parked without a try. No file is claimed of a feed that is stalled or has k_most_parked parked files. Both end, at the
// latest, when the feed has no parked job any more. Main thread only.
#pragma once

#include "config/config.hpp"
#include "ingest/job.hpp"
#include "spool/work/wait_reasons.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace longshore::ingest {

class ParkedJobs {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr unsigned k_most_in_a_row = 20;
  static constexpr std::uint64_t k_most_parked = 1'000;

  struct Entry {
    std::deque<Job> jobs;
    unsigned in_a_row = 0;                     // parked files since the last load
    unsigned rounds = 0;                       // without a load
    unsigned left = 0;                         // tries in this round
    std::optional<spool::WaitReason> tried{};  // of the job that is being tried; nullopt: none is
    Clock::time_point round_began{};
    Clock::time_point due{};
  };
  using Entries = std::map<std::string, Entry>;  // by name of the feed; "" for files without one

  explicit ParkedJobs(const config::Config& config) : m_config(config) {}

  // A job whose files have one feed. Its park_reason says why. Logs the first files of a feed.
  void add(Job job);
  // Moves the files of stalled feeds out of the job: they are parked without a try.
  void take_stalled(Job& job);

  // A job to try; its `probe_of` names the feed. One of each feed at a time.
  std::optional<Job> take_due(bool large_allowed);
  // When take_due() may return a job; nullopt: no job waits for it.
  std::optional<Clock::time_point> next_due(bool large_allowed) const;
  // The try of a job of this feed has ended. Call it before add() gets the job back.
  void try_ended(const std::string& feed);
  // A file of the feed was loaded. Returns the jobs to be tried now: all of the feed if it was a try of this class.
  std::vector<Job> feed_loaded(const std::string& feed, bool was_tried);

  bool is_held(const std::string& feed) const;
  bool is_empty() const { return m_entries.empty(); }
  std::uint64_t files() const;
  void for_each(const std::function<void(const Job&)>& visit) const;
  // Why files wait: a few reasons of each feed. A job that is being tried is still parked.
  std::vector<spool::WaitReason> reasons() const;
  // Changes whenever reasons() may have changed.
  std::uint64_t version() const { return m_version; }
  // Forgets feeds without parked jobs. Call it when the results of all tries were added.
  void forget_empty();
  // Repeats the reasons in the log every 5 minutes.
  void log_reminder();

  // For a reload. The receiver tries all of them soon.
  Entries take_all();
  void add(Entries entries);

 private:
  bool is_stalled(const std::string& feed) const;

  const config::Config& m_config;
  Entries m_entries;
  std::uint64_t m_version = 0;
  Clock::time_point m_next_reminder{};
};

}  // namespace longshore::ingest
