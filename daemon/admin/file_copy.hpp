// A copy of a loaded file, for the commands that read it again: in the archive, as it was loaded or compressed by
// housekeeping, or anywhere else.
#pragma once

#include "base/fd.hpp"
#include "decode/source.hpp"
#include "spool/archive/archive.hpp"
#include "store/ledger_query.hpp"

#include <memory>
#include <optional>
#include <string>

namespace longshore::admin {

struct FileCopy {
  Fd file;
  bool is_packed = false;  // by gzip or zstd, after the file was loaded
  std::string path;        // escaped

  explicit operator bool() const { return static_cast<bool>(file); }
};

// The copy that the ledger row names. No descriptor if there is none. Throws like Archive::open().
FileCopy open_archived(const spool::Archive& archive, const store::KnownFile& file);

// A copy at `path`, or in the directory `path` under the file's name, also with .zst or .gz behind it. It must have the
// file's bytes, plain or compressed: reads them. nullopt if it has others, or does not exist. Throws system_error.
std::optional<FileCopy> find_given(const std::string& path, const store::KnownFile& file);

// The bytes of the file as they were loaded. The copy must outlive it.
std::unique_ptr<decode::HashedSource> source_of(const FileCopy& copy, const store::KnownFile& file);

// "its archived copy was purged on 2026-11-21", or "its archived copy does not exist: PATH". One phrase.
std::string why_no_copy(const spool::Archive& archive, const store::KnownFile& file);

}  // namespace longshore::admin
