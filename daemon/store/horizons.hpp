// The table ingest_horizons: how far each feed with `keep` has removed its rows. Rows behind a horizon go, and records
// behind it are not accepted any more. A horizon only rises. It belongs to the column that `by` names.
//
// No load commits a row behind a horizon: each transaction that loads files of such a feed reads the horizon under a lock
// that raise_horizon() waits for.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace longshore::store {

// Times on the scale of base/time.hpp.
struct Horizon {
  std::string time_column;
  std::int64_t time = k_no_horizon;
  std::int64_t raised_at = 0;
  std::optional<std::int64_t> purged_to;  // all rows before it are gone
};
using Horizons = std::map<std::string, Horizon>;  // by feed

// Of all feeds, also of those that have no `keep` any more.
Horizons read_horizons(Session& session);
// The horizon for the feed's column `by`; k_no_horizon if there is none, or it belongs to another column.
std::int64_t horizon_of(const Horizons& horizons, const Feed& feed);

// Whether the ledger has a file that was begun one to eight days before. If it has none, the clock may be wrong by
// years, and what it removes would be lost.
bool is_confirmed_by_ledger(Session& session, std::int64_t now);

// Raises the horizon of a feed with `keep` in a transaction of its own. On PostgreSQL it waits up to two seconds for the
// loads under way of feeds with `keep`; no other begins meanwhile. Returns false, and changes nothing, if the database has
// another declaration of the feed. A horizon that is as high already stays. Throws contention if loads take longer;
// after any Error call rollback().
bool raise_horizon(Session& session, const Feed& feed, std::int64_t to);
// All rows of the feed before this time are gone. Changes nothing if the database has another declaration of the feed. Its
// own transaction: after any Error call rollback().
void set_purged_to(Session& session, const Feed& feed, std::int64_t time);

}  // namespace longshore::store
