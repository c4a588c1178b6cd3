// Fact tables that Citus distributes. The commit of a load becomes visible on the coordinator, with its ledger row and
// its changes, a moment before its rows on the workers do.
#pragma once

#include "store/store.hpp"
#include "store/touched.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace longshore::store {

// Those of the changed files whose rows are not all visible yet: the table has fewer than the ledger says. A run leaves
// their changes for the next one. Empty, after one short statement, if no source of the task is distributed.
std::vector<std::int64_t> unseen_files(Session& session, const TaskKeys& keys, std::span<const std::int64_t> file_ids);

}  // namespace longshore::store
