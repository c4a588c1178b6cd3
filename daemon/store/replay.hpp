// The statements of a replay. All of them run inside the transaction that replaces the rows.
//
// ingest_overlap records, for each loaded file, which other files already held some of its rows. A file must be
// replayed together with the files that name it as a holder, with the files that name those, and so on. Then no file
// outside the set depends on a row of the set.
#pragma once

#include "store/ledger_query.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore::store {

struct Overlap {
  std::int64_t file_id = 0;
  std::int64_t holder = 0;
};
// The overlaps with these files as holders.
std::vector<Overlap> overlaps_held_by(Session& session, std::span<const std::int64_t> holders);
// The overlaps of these files with other holders.
std::vector<Overlap> overlaps_of(Session& session, std::span<const std::int64_t> file_ids);

// Call first in the transaction. Waits for running writers of the feed's tables and blocks new ones until the end.
// Readers are not blocked. Later statements see what the last writer committed. Does nothing on SQLite, where begin()
// does the same. Throws contention if the lock time-out expires.
void lock_tables(Session& session, const Feed& feed);

// Deletes the rows, rejects and overlaps of the files. Latest rows of these files become the newest rows that remain.
// A latest row behind the feed's horizon stays: it is right, and no row of the history can give it again.
// PostgreSQL finds the rows by the files' time range. SQLite has no index on file or time: it reads the whole fact
// table once for each 500 files.
// A feed without a history: no table has the rows that were replaced, so `files` must be all files of the feed. Their rows
// stay, but any row replaces them; call delete_replaced() with the same files after the load. Throws
// Error{fatal, Exit::config} if a row has a negative file_id, which marks these rows: the table may be a user's own.
void delete_rows(Session& session, const Feed& feed, std::span<const KnownFile> files,
                 std::int64_t horizon = k_no_horizon);

// Deletes the rows of these files that no file has any more. Does nothing for a feed with a history.
void delete_replaced(Session& session, const Feed& feed, std::span<const KnownFile> files);

// The loaded files of a feed.
std::vector<std::int64_t> files_with_rows(Session& session, const Feed& feed);

}  // namespace longshore::store
