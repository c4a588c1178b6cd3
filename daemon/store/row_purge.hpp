// Removes the rows of a feed that are behind its horizon, in steps. Each step is one short transaction, which counts the
// rows in rows_purged of their files too. Loads never wait for a step: they insert no row behind the horizon.
// A step that fails or is interrupted changes nothing; several processes may purge one table at the same time.
//
// PostgreSQL: first each partition that lies behind the horizon as a whole is dropped, if this role owns it; then the table
// is read in ranges of blocks. SQLite: the table is read in ranges of its key.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>

namespace longshore::store {

enum class PurgeStep {
  more,     // there is a next one
  last,     // every row behind the horizon is gone
  later,    // loads hold a lock for too long: nothing was removed, begin a new purge later
  refused,  // nothing was removed: the database has another declaration of the feed
};

class RowPurge {
 public:
  virtual ~RowPurge() = default;

  // Takes the next step. Throws what the session throws; after rollback() the same step can be tried again.
  virtual PurgeStep next() = 0;
  // Removed so far.
  std::uint64_t rows() const { return m_rows; }

 protected:
  void add_rows(std::uint64_t rows) { m_rows += rows; }
  // Begins the transaction of a step. Returns false, without one, if the step is refused.
  static bool begin_step(Session& session, const Feed& feed);

 private:
  std::uint64_t m_rows = 0;
};

// `horizon` must be the feed's in the database, or an earlier one. Session and feed must outlive the purge.
std::unique_ptr<RowPurge> begin_row_purge(Session& session, const Feed& feed, std::int64_t horizon);

}  // namespace longshore::store
