// A file seen in landing, and the order in which files are taken. Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace longshore::spool {

struct Candidate {
  std::string name;  // the bytes as they stand in the directory
  std::uint64_t size = 0;
  timespec mtime{};
};

Candidate candidate_of(std::string name, const struct stat& st);

// Oldest first: by mtime, then by name.
bool is_older(const Candidate& a, const Candidate& b);
// Nothing moved between two looks at the name, as far as stat can tell.
bool is_unchanged(const Candidate& a, const Candidate& b);

// Names of uploads under way, which are nobody's business yet: a leading dot, or one of ~ .tmp .part .filepart .swp
// .crdownload at the end (case-sensitive). "." and ".." are among them.
bool is_upload_in_progress(std::string_view name);

// later - earlier; beyond about thirty years it is cut, so that no stamp can overflow it.
std::chrono::nanoseconds between(const timespec& earlier, const timespec& later);

}  // namespace longshore::spool
