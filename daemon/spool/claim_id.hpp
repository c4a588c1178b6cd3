// The name of a claim: when it was made, and enough chance to be the only one over hosts and processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::spool {

// "20261121T040512.123456Z-5f3a09c1" for an instant in microseconds since 2000 (base/time.hpp): sorts by time.
std::string new_claim_id(std::int64_t micros);

bool is_claim_id(std::string_view text);

// "2026-11-21", the UTC date of the claim.
std::string claim_date(std::string_view id);

}  // namespace longshore::spool
