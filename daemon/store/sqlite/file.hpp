// Checks of the database file: its file system, the lock of the daemon, and whether the path still names the opened
// file.
#pragma once

#include "base/fd.hpp"

#include <string>

#include <sys/types.h>

namespace longshore::store::sqlite {

inline constexpr auto k_write_hint = "give this user the right to write the database and its directory";

// True for the statfs type of a network file system: SQLite's locks and shared memory do not work there.
bool is_network_file_system(long type) noexcept;
// Throws Error{fatal, Exit::config} if `path`, or its directory if it does not exist, is on a network file system.
void refuse_network_file_system(const std::string& path);

// Takes the lock of the daemon: flock on "<path>.lock". The kernel releases it when the descriptor is closed, also
// after a crash. Throws Error{fatal, Exit::left_over} if another process has it, Error{fatal, Exit::no_permission} if
// the file cannot be created.
Fd take_daemon_lock(const std::string& path);

// True if a running daemon has this lock.
bool is_daemon_locked(const std::string& path);

// The file that a path names now.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;

  // True if this is the same file as `before`, and not smaller. In WAL mode it shrinks only by VACUUM or truncation.
  bool is_same_file(const FileIdentity& before) const {
    return device == before.device && inode == before.inode && size >= before.size;
  }
};
FileIdentity identity_of(const std::string& path);  // zeros if the path does not exist

}  // namespace longshore::store::sqlite
