// The feeds that expect files, and which of them are late. Empty if no feed declares `expect`: then nothing is done.
// Loads of this daemon are known at once. Other daemons may load the feed too, so it is late only when the ledger says
// so: a loader reads it when the feed is due, then at times. Shared by the loaders and the main thread.
#pragma once

#include "feed/feed.hpp"
#include "store/last_load.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace longshore::ingest {

class ExpectedFeeds {
 public:
  struct Watched {
    Expect expect;
    store::LastLoad last = {};
    bool is_late = false;
    std::int64_t next_check = 0;  // wall clock, as in base/time.hpp
  };
  using Feeds = std::map<std::string, Watched>;  // by name

  // Before other threads use it. Keeps what is known about feeds in `before` that expect the same. Other feeds are read
  // after `delay`, because files that came while no daemon ran are loaded first, or earlier if they expect more often.
  void watch(const Registry& registry, const Feeds& before, std::chrono::microseconds delay);
  bool is_empty() const { return m_feeds.empty(); }
  Feeds all() const;

  // After the commit of a file with this row.
  void file_committed(const store::LedgerRow& row);
  // When check() is due; nullopt: never.
  std::optional<std::chrono::steady_clock::time_point> next_due() const;
  // Reads the ledger for the feeds that are due. Throws what the session throws.
  void check(store::Session& session);
  // Why each late feed is late, by name.
  std::map<std::string, std::string> late() const;

 private:
  void update_next_check();

  mutable std::mutex m_mutex;
  Feeds m_feeds;  // guarded by m_mutex, except which feeds it has
  std::atomic<std::int64_t> m_next_check{std::numeric_limits<std::int64_t>::max()};
};

}  // namespace longshore::ingest
