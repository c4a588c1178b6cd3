// The statements of keep_ledger: stored rejects of old files.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace longshore::store {

// The ids of the first `limit` files above `after` that have stored rejects, sorted.
std::vector<std::int64_t> files_with_rejects(Session& session, std::int64_t after, std::uint64_t limit);
// Of those of the files that finished before this canonical time: in one statement, because a replay may make a file
// young again meanwhile. Returns the number of rows.
std::uint64_t delete_rejects(Session& session, std::span<const std::int64_t> file_ids, const std::string& time);

}  // namespace longshore::store
