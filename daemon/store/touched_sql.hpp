// The queries that find the keys of a task, without parameters: names of tasks, feeds and columns are checked when they
// are declared.
#pragma once

#include "store/touched.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace longshore::store {

// `"hour", "object_type"`
std::string key_names_sql(std::span<const TouchedKey> keys);
// `date_trunc('hour', "detection_time", 'UTC'), "object_type"`
std::string key_values_sql(Engine engine, std::span<const TouchedKey> keys);

// File ids from first to last. The ids of a bulk load follow one another, and a range is what a BRIN index finds.
struct IdRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool has_gaps = false;
};
// At most 64 ranges; near ids share one.
std::vector<IdRange> ranges_of(std::span<const std::int64_t> sorted_ids);

// The keys of all rows of the sources, and those in ingest_touched_<task>.
std::string all_keys_sql(Engine engine, const TaskKeys& keys);
// The keys of the rows of these files, except those of `left`, and those in ingest_touched_<task>.
std::string changed_keys_sql(Engine engine, const TaskKeys& keys, std::span<const IdRange> ranges,
                             std::span<const std::int64_t> left);
// " and (file_id is null or file_id not in (…))"; "" for none.
std::string not_among_sql(std::span<const std::int64_t> file_ids);
// "\nwhere …" that leaves out keys behind a horizon; "" if no key depends on one.
std::string before_horizon_sql(Engine engine, const TaskKeys& keys);
// Which ledger rows are files of these sources.
std::string loaded_files_sql(std::span<const TaskSource> sources);

}  // namespace longshore::store
