// The main thread's day: look at the landing directory, claim what is whole, hand it to the loaders, collect what came of it.
// It reads no file and, but for the start, speaks to no database.
#pragma once

#include "base/signals.hpp"
#include "ingest/claimed_jobs.hpp"
#include "ingest/context.hpp"
#include "ingest/loader_pool.hpp"
#include "ingest/progress.hpp"
#include "ingest/run.hpp"
#include "spool/landing/landing.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace longshore::ingest {

// What every file needs is away: since when, in the words of the last try, and when the log says so again.
struct Outage {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> since;  // nullopt: it is not
  std::string words;
  Clock::time_point next_reminder{};
};

class Daemon {
 public:
  // What one Daemon leaves to the next.
  struct Handover {
    ClaimedJobs::Jobs jobs;
    Outage outage;
  };

  Daemon(Context& context, Signals& signals, const std::function<Setup()>& read_again, Handover before);
  // Nothing: next() is to take its place.
  std::optional<Exit> run();
  std::optional<Setup> next() { return std::move(m_next); }
  Handover hand_over() { return {m_claimed_jobs.give(), std::move(m_outage)}; }

 private:
  using Clock = Outage::Clock;

  void work();
  void heed_fault(const Error& error);
  void adopt();
  void hand_out();
  std::optional<Job> next_job();
  std::optional<Job> next_claim(bool large_allowed);
  std::vector<spool::Candidate> choose(bool large_allowed);
  void tell();
  void wait();
  void reload();
  void collect();
  void note_moves();
  void heed_signals();
  void stop_now();
  void remind();
  bool is_done() const;
  Exit conclude();

  Context& m_context;
  Signals& m_signals;
  const std::function<Setup()>& m_read_again;
  spool::Landing m_landing;
  RunProgress m_progress;
  ClaimedJobs m_claimed_jobs;
  Clock::time_point m_next_adoption{};
  std::optional<Clock::time_point> m_stop_deadline;
  Outage m_outage;
  bool m_may_ask = false;        // one job that has not met the outage may be begun all the same
  std::uint64_t m_given_up = 0;  // files of this run that stay claimed
  bool m_is_stranded = false;    // some of them because their moves fail
  std::optional<Error> m_fatal;
  std::string m_moves_fail;  // why, while a job waits for its move into the archive
  std::string m_trouble;     // of the other directories, as it was logged; "" while all is well
  unsigned m_troubles = 0;   // in a row
  Clock::time_point m_next_work{};
  std::optional<Setup> m_next;  // new settings that wait for the jobs under way
  Clock::time_point m_last_word{};
  Clock::time_point m_next_word{};  // to the observer
  bool m_has_worked = false;        // since the last one
  LoaderPool m_pool;                // last: its threads end first
};

}  // namespace longshore::ingest
