// Hashes a whole file, which may take minutes, and can be ended meanwhile.
#pragma once

#include "decode/source.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace longshore::housekeeping {

// Called after each `k_rest_bytes`; what it throws ends the work.
using Rest = std::function<void()>;
inline constexpr std::uint64_t k_rest_bytes = std::uint64_t{16} << 20;  // a tenth of a second

// The SHA-256 of all bytes of the source. Throws what the source throws.
std::string hash_of(decode::HashedSource& source, const Rest& rest);

}  // namespace longshore::housekeeping
