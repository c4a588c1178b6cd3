// Which rows of the ledger a listing wants, and the rows, newest first.
#pragma once

#include "cli/command.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::cli {

struct LedgerQuery {
  std::string status;  // "": any
  std::string feed;
  std::string name;                                                // glob over the bytes of the name
  std::optional<std::string> since;                                // canonical time: started then or later
  bool with_rejects = false;                                       // only files that have any
  bool is_archived = false;                                        // only files whose row names an archived copy
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // only file_ids below
  std::uint64_t limit = 50;
};

// --status, --feed, --name, --since, --limit. Throws Error{fatal, Exit::usage}.
LedgerQuery ledger_query(const Arguments& arguments);
// The flags behind it, for a command's list.
std::vector<Flag> ledger_flags();

// A time as people give it: "2026-11-21", "2026-11-21T08:00:00Z", or an age: "90s", "12h", "7d".
std::string since_time(const std::string& text);

// `columns` of the rows that are wanted; the first must be file_id, the second file_name.
store::Rows read_ledger(store::Session& session, const LedgerQuery& query, std::string_view columns);

}  // namespace longshore::cli
