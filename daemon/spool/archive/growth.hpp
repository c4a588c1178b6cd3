// Whether a loaded file grew after it was loaded: its archived copy is larger than the ledger's size, and begins with
// the bytes that were loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace longshore::spool {

struct Growth {
  std::uint64_t size_bytes = 0;  // now
  std::string sha256;            // of all bytes now
  std::int64_t modified_at = 0;  // microseconds as in base/time.hpp
};

// `size_bytes` and `sha256` are those of the ledger; `name` is for messages. nullopt if the file did not grow. A file
// of the same or a smaller size is not read. Throws system_error.
std::optional<Growth> growth_of(int file, std::uint64_t size_bytes, const std::string& sha256, const std::string& name);

}  // namespace longshore::spool
