// The files that a command line selects: FILE_ID, --status, --feed, --name, --since, --limit.
// Wrong values throw Error{fatal, Exit::usage} with a hint.
#pragma once

#include "cli/command.hpp"
#include "feed/feed.hpp"
#include "store/ledger_query.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::cli {

store::LedgerQuery ledger_query(const Arguments& arguments);
// The options that ledger_query() reads, and --json.
std::vector<Flag> ledger_flags();

// `hint` says where file_ids are listed.
std::int64_t file_id_of(const std::string& word, const std::string& hint);

// Parses a time as users type it: "2026-11-21", "2026-11-21T08:00:00Z", or an age: "90s", "12h", "7d". `flag` is for
// the message.
std::string since_time(const std::string& text, std::string_view flag = "since");

// Returns the declared feed of this name.
const Feed& need_feed(const Registry& registry, const std::string& name);
// Throws if no feed of this name is declared or has files in the ledger; "" is valid.
void need_known_feed(store::Session& session, const config::Config& config, const std::string& name);

// Throws unless the path is a regular file. `example` is a command that takes files.
void need_regular_file(const std::string& path, const std::string& example);

}  // namespace longshore::cli
