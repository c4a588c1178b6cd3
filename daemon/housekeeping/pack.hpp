// Writes the compressed copy (zstd) of a file, and proves that it can be read.
#pragma once

#include "housekeeping/content_hash.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace longshore::housekeeping {

struct PackRequest {
  int file;                  // open for reading
  std::uint64_t size_bytes;  // of the file, as in the ledger
  std::string sha256;        // of the file, as in the ledger
  int directory;             // where the copy is written
  std::string temporary;     // its name there; an older file of this name is replaced
  std::string what;          // for messages
  Rest rest;
};

// The copy has the owner, mode and times of the file. It is synced, read back and unpacked: its content has the sha256.
// Returns its size; nullopt, and no copy is left, if it is not smaller than the file, or if the file does not have the
// sha256 (any more). Throws system_error, and Error{transient} if the copy cannot be read back; no copy is left.
std::optional<std::uint64_t> pack(const PackRequest& request);

}  // namespace longshore::housekeeping
