// The name of a claim: when it was made, and enough chance to be the only one over hosts and processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::spool {

// "20261121T040512.123456Z-5f3a09c1" for an instant in microseconds since 2000 (base/time.hpp): sorts by time.
std::string new_claim_id(std::int64_t micros);

bool is_claim_id(std::string_view text);

// "2026-11-21", the UTC date of the claim.
std::string claim_date(std::string_view id);

// The directory of a claim in .work/<instance>. A claim has one, named by its id, until the process crashes over one of its
// files: then the name counts that, and each file is put into a directory of its own ("part"), to be tried alone.
struct ClaimDirectory {
  std::string id;
  unsigned part = 0;     // 0: the claim's first
  unsigned crashes = 0;  // of the process, while a file in it was loaded
};
std::string directory_name(const ClaimDirectory& directory);  // "<id>", "<id>~3.crashed-2"
std::optional<ClaimDirectory> parse_directory_name(std::string_view name);

}  // namespace longshore::spool
