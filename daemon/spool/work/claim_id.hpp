// The id of a claim: its time, and a random number that makes it unique among hosts and processes. Also the names of
// claim directories.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::spool {

// "20261121T040512.123456Z-5f3a09c1" for a time in microseconds since 2000 (base/time.hpp). Ids sort by time.
std::string new_claim_id(std::int64_t micros);

bool is_claim_id(std::string_view text);

// The time of the claim, as given to new_claim_id(); nullopt if the text is not a claim id.
std::optional<std::int64_t> claim_time(std::string_view id);
// "2026-11-21", the UTC date of the claim.
std::string claim_date(std::string_view id);

// A directory of a claim in .work/<instance>. A claim has one, named by its id. If the process crashes while it loads
// one of its files, the name gets a crash count, and the next start moves each file into a directory of its own
// ("part").
struct ClaimDirectory {
  std::string id;
  unsigned part = 0;     // 0: the first directory
  unsigned crashes = 0;  // of the process while it loaded a file of this directory
};
std::string directory_name(const ClaimDirectory& directory);  // "<id>", "<id>~3.crashed-2"
std::optional<ClaimDirectory> parse_directory_name(std::string_view name);

}  // namespace longshore::spool
