// The few steps on directory entries that landing, work and archive have in common. All work on directory descriptors
// and never follow a link; a name may be a path below the descriptor where its directories are ours alone.
#pragma once

#include "base/fd.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace longshore::spool {

// lstat of an entry; nullopt when there is none. Throws system_error.
std::optional<struct stat> entry_stat(int directory, const std::string& name);

// Whether both are there and are one inode.
bool is_same_inode(const struct stat& a, const struct stat& b);

// Tells mounts apart, even those of one directory; 0 on a kernel that does not say.
std::uint64_t mount_of(int fd);

// Moves an entry unless the new name is taken. 0 or errno; EEXIST when it is taken, also by the same inode. Where the
// file system knows no such rename (NFS, 9p, some FUSE) it links and unlinks: killed in between, both names are there.
int rename_noreplace(int from_directory, const std::string& from, int to_directory, const std::string& to);

// A regular file for reading: never follows a link, never waits for a FIFO's writer. No descriptor and errno when it
// cannot be opened; ELOOP for whatever is no regular file.
Fd open_regular(int directory, const std::string& name);
Fd open_regular(int directory, const std::string& name, struct stat& st);  // and what it is

// mkdir of one directory unless it is there; parents are not made. Throws system_error.
void make_directory(const std::string& path, unsigned mode);

// A directory below another, not through a link. Throws system_error.
Fd open_directory_at(int directory, const std::string& name);

// False also when it is gone or cannot be read.
bool is_empty_directory(int directory, const std::string& name);

// fsync of a directory; where the file system has none (EINVAL) its renames are as durable as it makes them.
void sync_directory(int directory, const std::string& what);

// Calls `visit` with the name of each entry but "." and "..". Entries that come or go meanwhile may be missed. Throws
// system_error.
void for_each_entry(int directory, const std::function<void(const char* name)>& visit);

}  // namespace longshore::spool
