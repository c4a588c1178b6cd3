// The table ingest_changes: what each task has not used yet. A load adds a row for each file and interested task, in
// its own transaction. So no task misses a file, whatever the order of commits, and whatever the process that loads
// knows of tasks.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace longshore::store {

// The feeds that ingest_task_feeds has: those with tasks. k_ledger_feed stands for all arrivals, loaded or not.
using TaskFeeds = std::set<std::string>;
inline constexpr const char* k_ledger_feed = "ingest_log";

// In a transaction of begin_load(), which has returned `task_feeds`, after the last change of these ledger rows: adds
// their changes in one statement for up to 500 files. Does nothing, without a statement, if no feed has a task.
void add_changes(Session& session, const TaskFeeds& task_feeds, std::span<const std::int64_t> file_ids);
// The same for files that were replayed: also for one that has become a duplicate, whose rows are gone.
void add_replay_changes(Session& session, const TaskFeeds& task_feeds, std::span<const std::int64_t> file_ids);

}  // namespace longshore::store
