// The table ingest_drift: members in the files of a feed that no column reads. At most k_most_drift_paths of a feed.
// Throws what Session::exec() throws.
#pragma once

#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace longshore::store {

inline constexpr std::size_t k_most_drift_paths = 1000;

struct DriftRow {
  std::string feed;
  std::string path;           // JSON Pointer, escaped
  std::string type;           // of a column that reads all values; "null" if all were null
  std::uint64_t records = 0;  // rows with this member
  std::int64_t first_file_id = 0;
  std::int64_t last_file_id = 0;
  std::int64_t first_seen = 0;  // microseconds as in base/time.hpp
  std::int64_t last_seen = 0;
};

// Adds the counts of one feed to the table, in a transaction of its own. The rows are sorted by path, so that two daemons
// do not deadlock. Returns the rows that are new in the table. If
// the answer to the commit is lost, a repeated call may count records twice.
std::vector<DriftRow> add_drift(Session& session, std::span<const DriftRow> rows);
// In the order of the paths.
std::vector<DriftRow> read_drift(Session& session, const std::string& feed);

}  // namespace longshore::store
