// The database file as a file: where it may lie, who may write it, and whether it is still the one that was opened.
#pragma once

#include "base/fd.hpp"

#include <string>

#include <sys/types.h>

namespace longshore::store::sqlite {

// Whether a statfs type is a network's: SQLite's locks and its shared memory do not hold there.
bool is_network_file_system(long type) noexcept;
// Throws Error{fatal, Exit::config} when `path`, or the directory where it is to be, lies on one.
void refuse_network_file_system(const std::string& path);

// The lock of the one daemon: flock on "<path>.lock", held until the descriptor closes, so that it cannot be left behind.
// Throws Error{fatal, Exit::left_over} when another holds it.
Fd lock_beside(const std::string& path);

// Which file a path names at the moment.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;

  bool operator==(const FileIdentity&) const = default;
};
FileIdentity identity_of(const std::string& path);  // zeros: there is none

}  // namespace longshore::store::sqlite
