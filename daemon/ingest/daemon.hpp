// The main thread: looks at the landing directory, claims complete files, gives them to the loaders, collects results.
// It reads no file, and it does not use the database after the start.
// run() returns when the process must end, or when a reload is ready to be applied.
//
// The places that hold a file or its job on the way from landing to the archive:
//
//   landing/                  .work/                                                  processed/, failed/
//   spool::Landing ─claim()─> ClaimedJobs: new ────> a loader's slot ─> Loader::run ─────> Archive
//                                                      ^                    │
//                                                      └─ ClaimedJobs: <────┘ retry, half of a batch,
//                                                         waiting             file too large for a batch
//                                                      └─ ParkedJobs: <─── a fault that only the operator can correct
#pragma once

#include "base/signals.hpp"
#include "ingest/background_work.hpp"
#include "ingest/claimed_jobs.hpp"
#include "ingest/context.hpp"
#include "ingest/loader_pool.hpp"
#include "ingest/outage.hpp"
#include "ingest/progress.hpp"
#include "ingest/reload.hpp"
#include "spool/landing/landing.hpp"
#include "spool/work/wait_reasons.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace longshore::ingest {

class Daemon {
 public:
  // What one Daemon leaves to the next.
  struct Handover {
    ClaimedJobs::Jobs jobs;
    UnroutedFiles unrouted;
    Outage outage;
    ExpectedFeeds::Feeds expected;
  };

  Daemon(Context& context, Signals& signals, const std::function<Setup()>& read_setup, Handover handover);
  ~Daemon();

  // Returns nullopt if a reload is ready: take_next_setup() then has the settings of the next Daemon.
  std::optional<Exit> run();
  std::optional<Setup> take_next_setup() { return m_reload.take(); }
  Handover hand_over() {
    return {m_claimed_jobs.take_all(), std::move(m_unrouted), std::move(m_outage), m_context.expected.all()};
  }

 private:
  using Clock = std::chrono::steady_clock;

  void work();
  void directories_failed(const Error& error);
  void adopt_claims();
  void start_jobs();
  bool start_next();
  bool claim_batch(bool large_allowed);
  void follow_late_feeds();
  void report_situation();
  void wait();
  Clock::time_point next_wake_up() const;
  void collect();
  void follow_waits();
  bool write_waits() const;
  void hold_feeds();
  void collect(JobFollowUp follow_up);
  void collect(UnroutedFollowUp follow_up);
  bool gives_up(const Failures& failures, const std::optional<Delay>& delay) const;
  void update_move_error();
  void handle_signals();
  void stop_now();
  bool is_done() const;
  Exit conclude();

  Context& m_context;
  Signals& m_signals;
  Reload m_reload;
  spool::Landing m_landing;
  RunProgress m_progress;
  ClaimedJobs m_claimed_jobs;
  UnroutedFiles m_unrouted;  // recording them failed
  Clock::time_point m_unrouted_due{};
  Outage m_outage;
  Clock::time_point m_next_adoption{};
  std::optional<Clock::time_point> m_stop_deadline;
  std::optional<Error> m_fatal;

  // with --once: files that stay claimed after too many failures, some of them because they cannot be moved
  std::uint64_t m_given_up = 0;
  bool m_is_move_given_up = false;

  std::map<std::string, std::string> m_late;    // why, by name of the feed
  std::set<std::string> m_held;                 // feeds whose files stay in the landing directory
  std::map<std::string, std::string> m_paused;  // feeds that are paused, and why
  std::vector<spool::WaitReason> m_waits;       // for `longshore status`
  bool m_are_waits_written = false;
  std::uint64_t m_waits_version = 0;  // ParkedJobs::version() at that time
  std::string m_move_error;           // why committed files cannot be moved into the archive; "": they can
  std::string m_directory_error;      // of the other directories, as it was logged; "": they are accessible
  unsigned m_directory_failures = 0;  // in a row
  Clock::time_point m_next_work{};

  Clock::time_point m_last_report{};
  Clock::time_point m_next_report{};
  bool m_was_busy = false;  // since the last report
  BackgroundSchedule m_background;
  LoaderPool m_pool;  // last: its threads end first
};

}  // namespace longshore::ingest
