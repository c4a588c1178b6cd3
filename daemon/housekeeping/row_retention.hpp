// Removes the rows of feeds with `keep` when they are too old: raises the horizon of each feed once a day, then purges
// its table in short steps. Empty if no feed has `keep`: then nothing is done. For one thread at a time.
//
// The horizon is raised before any row is removed. From then on no load, in any process, inserts a row behind it
// (store/horizons.hpp), so a purge that has reached the end of the table is complete.
#pragma once

#include "feed/feed.hpp"
#include "observe/observer.hpp"
#include "store/row_purge.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace longshore::housekeeping {

class RowRetention {
 public:
  // The registry must outlive it.
  explicit RowRetention(const Registry& registry);

  bool is_empty() const { return m_feeds.empty(); }
  // Removed by all steps so far.
  std::uint64_t rows() const { return m_rows; }
  // Takes one step, of a fraction of a second. Returns false if nothing is left to do for now: call it again later.
  // Until then the session must exist. After contention the next call takes the same step again. Throws what the
  // session throws, also contention many times in a row, after a rollback; the next call begins again, and may use
  // another session. `now` is Round::now(), of a clock that is not ahead.
  bool step(store::Session& session, observe::Observer& observer, std::int64_t now);

 private:
  bool begin_feed(store::Session& session, const Feed& feed, std::int64_t now);
  bool raise(store::Session& session, const Feed& feed, std::int64_t horizon);
  bool purge(store::Session& session, observe::Observer& observer);
  void begin_again(store::Session& session);

  std::vector<const Feed*> m_feeds;          // with `keep`
  std::size_t m_next = 0;                    // the feed to look at
  std::unique_ptr<store::RowPurge> m_purge;  // of the feed before that, or none
  std::int64_t m_horizon = k_no_horizon;     // of that purge
  std::uint64_t m_rows = 0;
  unsigned m_contentions = 0;     // in a row
  bool m_is_unconfirmed = false;  // this was logged
};

}  // namespace longshore::housekeeping
