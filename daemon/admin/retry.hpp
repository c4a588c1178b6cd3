// Returns a failed file from failed/ to the landing directory, for the commands `retry` and `release`.
// The ledger row stays as history and names no archived copy afterwards. Nothing in the landing directory is replaced.
// Only a file in the directory of its own claim is moved: no other file can be at that place, however old the row is.
// Throws what the store throws, and Error{transient} if the move fails; the row is unchanged then.
#pragma once

#include "spool/archive/archive.hpp"
#include "store/ledger_query.hpp"

#include <functional>
#include <string>

namespace longshore::admin {

struct RetryResult {
  // words of the output
  std::string result;  // "landing", "already done", "taken", "gone", "not failed"; in a dry run "would move"
  std::string detail;
  bool is_in_landing = true;  // now, or an earlier retry moved it there
};

RetryResult retry_file(store::Session& session, spool::Archive& archive, const spool::Directories& directories,
                       const store::KnownFile& file, bool dry_run);

// Failed files with an archived copy that match the query, newest first. Reads in pages: memory does not grow with the
// number of files.
void for_each_failed(store::Session& session, store::LedgerQuery query,
                     const std::function<void(const store::KnownFile&)>& visit);

}  // namespace longshore::admin
