// A failed file goes back from failed/ into the landing directory: what `retry` and `release` have in common.
#pragma once

#include "spool/archive/archive.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::admin {

// The columns that retry_file() wants, in its order.
inline constexpr std::string_view k_retry_columns = "file_id, file_name, status, claim, archive_path, error";

struct Retried {
  // the words of the output
  std::string result;  // "landing", "before", "taken", "gone", "not failed"; with a dry run "would"
  std::string detail;
  bool is_well = true;  // it is in the landing directory, or was put there before
};

// One row of the ledger. The row stays, for it is history; it names no archived copy any more. Throws Error.
Retried retry_file(store::Session& session, spool::Archive& archive, const std::string& landing,
                   const std::vector<store::Value>& row, bool dry_run);

}  // namespace longshore::admin
