// What all loaders share: settings and directories that nobody changes, and a few counters.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "ingest/active_reads.hpp"
#include "observe/observer.hpp"
#include "spool/directories.hpp"
#include "spool/work/workspace.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace longshore::ingest {

// Since the start, of this process; for the progress line and the summary.
struct Totals {
  std::array<std::atomic<std::uint64_t>, 6> files{};  // by store::Status
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> duplicates{0};
  std::atomic<std::uint64_t> rejects{0};
  std::atomic<std::uint64_t> bytes{0};  // of files, as they are read
};

enum class Stop : int {
  no,
  soon,  // finish what is begun, but no large file that takes longer than the stop time-out
  now,   // give up what is under way; what is claimed is adopted by the next start
};

struct Context {
  const config::Config& config;
  const Registry& registry;
  const spool::Directories& directories;
  spool::Workspace& workspace;
  store::Target target;
  observe::Observer& observer;
  Totals totals{};
  ActiveReads readings{};
  std::atomic<Stop> stop{Stop::no};
  std::atomic<bool> outage{false};  // what every file needs, the database mostly: nothing new is begun
  std::atomic<std::uint64_t> commits{0};
};

}  // namespace longshore::ingest
