// A file seen in the landing directory, and the order in which files are claimed. Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace longshore::spool {

struct Candidate {
  std::string name;  // bytes, not escaped; with recursive = true a path below landing
  std::uint64_t size = 0;
  timespec mtime{};
};

Candidate candidate_of(std::string name, const struct stat& st);

// Oldest first: by mtime, then by name.
bool is_older(const Candidate& a, const Candidate& b);
// Name, size and mtime as one text. Two versions of a file have different texts, as far as stat can tell.
std::string version_of(const Candidate& candidate);
// Whether two stats of one name show the same file, as far as size, mtime and name tell.
bool is_unchanged(const Candidate& a, const Candidate& b);

// Whether the last part of the name is that of an upload in progress: a leading dot (rsync, lftp, Syncthing), or at the
// end (case-sensitive) one of ~ .tmp .part .partial (rclone) .filepart (WinSCP) .cyberduckpart .crdownload .opdownload
// (browsers) .swp. True for "." and "..", too.
bool is_upload_in_progress(std::string_view name);
// Whether a file or directory of this name is never touched: uploads in progress, and names that one of the globs
// matches (feed/glob.hpp).
bool is_ignored(std::string_view name, std::span<const std::string> globs);

// later - earlier, limited to about thirty years either way, so that no time stamp overflows it.
std::chrono::nanoseconds between(const timespec& earlier, const timespec& later);

}  // namespace longshore::spool
