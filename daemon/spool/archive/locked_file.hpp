// An archived file that is open and locked (flock), for a process that is about to remove or move it by its name. The
// name keeps this inode meanwhile, because housekeeping and verify move or remove only what they have locked. retry
// moves a failed file without the lock, but it changes the row first: check the inode, then ask the ledger, then act. On
// a file system without locks (old NFS) the check alone must do.
#pragma once

#include "base/fd.hpp"
#include "spool/archive/archive_place.hpp"
#include "spool/directories.hpp"

#include <optional>
#include <string>

#include <sys/stat.h>

namespace longshore::spool {

// Opens a regular file for reading, locks it, and checks that the name still has it. Follows no link, never waits.
// Returns no descriptor, and sets errno: ENOENT if the name has no regular file, or another one by now; EWOULDBLOCK if
// another process has the lock. Throws system_error.
Fd lock_named(int directory, const std::string& name, struct stat& st);

class LockedFile {
 public:
  // nullopt if the file is not there, or another process has the lock. Throws system_error.
  static std::optional<LockedFile> open(const Directories& directories, const ArchivePlace& place);

  int fd() const { return m_file.get(); }
  // Of its directory.
  int directory() const { return m_directory.get(); }
  const struct stat& stat() const { return m_stat; }
  // Whether size and mtime are still those of stat(). Throws system_error.
  bool is_unchanged() const;
  // Removes the name if it still has this file, unchanged. Returns false if it has not. Throws system_error.
  bool remove() const;

 private:
  Fd m_directory;
  Fd m_file;
  std::string m_name;
  struct stat m_stat {};
};

}  // namespace longshore::spool
