// What the main thread and all loaders share: settings, feeds and directories, which do not change, and some counters.
// A reload makes a new context. Everything that is not const here is atomic or has a lock of its own.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "ingest/active_reads.hpp"
#include "ingest/clock_doubt.hpp"
#include "ingest/drift.hpp"
#include "ingest/expected_feeds.hpp"
#include "ingest/growth_checks.hpp"
#include "ingest/known_horizons.hpp"
#include "ingest/paused_feeds.hpp"
#include "observe/observer.hpp"
#include "spool/directories.hpp"
#include "spool/landing/open_writers.hpp"
#include "spool/work/workspace.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace longshore::ingest {

// Since the context was made; for the progress line and the summary of `run --once`.
struct Totals {
  std::array<std::atomic<std::uint64_t>, 6> files{};  // by store::Status
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> duplicates{0};
  std::atomic<std::uint64_t> rejects{0};
  std::atomic<std::uint64_t> bytes{0};  // read from files, before decompression
};

enum class Stop : int {
  no,
  soon,  // finish the running jobs, up to the stop time-out
  now,   // roll the running jobs back; the next start adopts their claims
};

struct Context {
  const config::Config& config;
  const Registry& registry;
  const spool::Directories& directories;
  spool::Workspace& workspace;
  spool::OpenWriters& writers;
  GrowthChecks& growth;
  store::Target target;
  observe::Observer& observer;
  Totals totals{};
  ActiveReads active_reads{};
  DriftCounts drift{};
  ExpectedFeeds expected{};
  ClockDoubt clock{};
  PausedFeeds paused{};
  KnownHorizons horizons{};
  std::atomic<Stop> stop{Stop::no};
  std::atomic<bool> has_parked{false};  // the main thread must know which feeds load
  std::atomic<bool> outage{false};      // set by a loader that fails with it, cleared by one that succeeds
  std::atomic<std::uint64_t> commits{0};
  std::atomic<bool> has_no_lease{false};  // a file was loaded without one: this was logged
};

}  // namespace longshore::ingest
