// The statements of `longshore verify`: each compares two sides in the database and returns only what differs.
// Each returns at most 1000 rows: more differences than that have one cause. `feed` is "" for all feeds.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>

namespace longshore::store {

bool has_newer_arrival(Session& session, const std::string& file_name, std::int64_t file_id);

// Loaded files whose records are not rows + duplicates + rejects:
// file_id, file_name, records, rows_loaded, rows_duplicate, rows_rejected.
Rows unequal_counts(Session& session, const std::string& feed);
// Files with more stored rejects than their row counts: file_id, file_name, stored, rows_rejected.
Rows surplus_rejects(Session& session, const std::string& feed);
// file_id, file_name, claim, instance of the rows that say `loading`.
Rows loading_files(Session& session, const std::string& feed);
bool is_loading(Session& session, std::int64_t file_id);

// `since` cuts a feed's table by its time column: only rows of this canonical time or later are compared; "": all.
// It has no effect on a feed without a time column.

// Files whose row count in the fact table differs from the ledger: file_id, file_name, status ("nothing": the ledger
// has no such file), rows_loaded without rows_purged, found, rows_purged. With `since`, a file that may have older records counts only if it has too
// many rows.
Rows unequal_rows(Session& session, const Feed& feed, const std::string& since);
// Files that may have rows on both sides of `since`, which unequal_rows() cannot compare.
std::uint64_t files_across(Session& session, const Feed& feed, const std::string& since);
// The keys whose latest row is not the newest row of the history, or exists on one side only: the key's columns. A latest
// row behind the feed's horizon is right if the history has no newer one.
Rows unequal_latest(Session& session, const Feed& feed, const std::string& since);

}  // namespace longshore::store
