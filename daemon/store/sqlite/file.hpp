// The database file as a file: where it may lie, who may write it, and whether it is still the one that was opened.
#pragma once

#include "base/fd.hpp"

#include <string>

#include <sys/types.h>

namespace longshore::store::sqlite {

inline constexpr auto k_need_to_write = "give this user the right to write the database and its directory";

// Whether a statfs type is a network's: SQLite's locks and its shared memory do not hold there.
bool is_network_file_system(long type) noexcept;
// Throws Error{fatal, Exit::config} when `path`, or the directory where it is to be, lies on one.
void refuse_network_file_system(const std::string& path);

// The lock of the one daemon: flock on "<path>.lock", held until the descriptor closes, so that it cannot be left behind.
// Throws Error{fatal, Exit::left_over} when another holds it, Error{fatal, Exit::no_permission} when it may not be made.
Fd lock_beside(const std::string& path);

// Whether a daemon lives that holds it.
bool is_locked_beside(const std::string& path);

// Which file a path names at the moment.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;

  // Whether this, seen later, is that file still. In WAL mode it only grows, unless somebody vacuums it or cuts it off.
  bool is_still(const FileIdentity& before) const {
    return device == before.device && inode == before.inode && size >= before.size;
  }
};
FileIdentity identity_of(const std::string& path);  // zeros: there is none

}  // namespace longshore::store::sqlite
