// Operations on directory entries that landing, work and archive share. They take directory descriptors and never
// follow a link. They return errno where the caller decides, and throw system_error otherwise. A name may be a path
// below the descriptor if only longshore can write in its directories.
#pragma once

#include "base/fd.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace longshore::spool {

// lstat of an entry; nullopt if it does not exist, or if a directory of its path is not one. Throws system_error.
std::optional<struct stat> entry_stat(int directory, const std::string& name);

// Whether both describe the same inode.
bool is_same_inode(const struct stat& a, const struct stat& b);

// Identifies a mount: two mounts of one directory differ. 0 if the kernel does not report it.
std::uint64_t mount_id(int fd);

// Moves an entry unless the new name exists. Returns 0 or errno; EEXIST if it exists, even as the same inode. On file
// systems without this rename (NFS, 9p, some FUSE) it links and unlinks: after a kill between the two, both names
// exist.
int rename_noreplace(int from_directory, const std::string& from, int to_directory, const std::string& to);

// Opens a regular file for reading; never waits for the writer of a FIFO. Returns no descriptor, and sets errno, if it
// cannot be opened; ELOOP if it is not a regular file.
Fd open_regular(int directory, const std::string& name);
Fd open_regular(int directory, const std::string& name, struct stat& st);  // with the stat of the open file

// Creates one directory if it does not exist, but not its parents. Throws system_error.
void make_directory(const std::string& path, unsigned mode);

// Opens a directory below another. Throws system_error.
Fd open_directory_at(int directory, const std::string& name);

// Returns false, too, if it does not exist or cannot be read.
bool is_empty_directory(int directory, const std::string& name);

// A file name of 16 hex digits for any text.
std::string name_hash(std::string_view text);

// fsync of a directory. A file system that does not support this (EINVAL) is not an error. Throws system_error.
void sync_directory(int directory, const std::string& what);

// Calls `visit` for each entry below a directory in which only longshore creates directories, also for directories,
// with its path and lstat. The entries of a directory come after it. Throws system_error.
void for_each_below(int directory, const std::function<void(const std::string& path, const struct stat& st)>& visit);

// Creates the directories of a path below, if it has a slash, with mode 0700: "a" and "a/b" for "a/b/c.json". Throws
// system_error.
void make_directories_of(int directory, const std::string& path);
// Removes all empty directories below, as far as possible.
void remove_empty_below(int directory);

// Calls `visit` with the name of each entry except "." and "..". It may miss entries that are created or removed during
// the call. Throws system_error.
void for_each_entry(int directory, const std::function<void(const char* name)>& visit);

}  // namespace longshore::spool
