// Which directories below landing are read, with `recursive`; the others are called unread. Links are not directories
// here.
#pragma once

#include "base/fd.hpp"
#include "spool/directories.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace longshore::spool {

// A path below landing, with the file's name of up to 255 bytes, has at most 600 bytes: escaped it fits into the unique
// index of the ledger. Deeper and longer directories are unread.
constexpr std::size_t k_most_levels = 16;
constexpr std::size_t k_most_directory_bytes = 344;

// work, processed and failed, which may be inside landing under any path.
class OwnDirectories {
 public:
  OwnDirectories() = default;
  explicit OwnDirectories(const Directories& directories);
  bool contains(const struct stat& st) const;

 private:
  std::vector<struct stat> m_all;
};

struct Subdirectory {
  Fd fd;  // to be listed
  struct stat st {};
  std::string why;  // why it is unread; "" without a descriptor: it does not exist, or it is longshore's own
};

// Opens the directory `path`, which is the entry `name` of `parent`, if this user can read it and move files out of it.
// Throws system_error if descriptors or memory run out.
Subdirectory open_subdirectory(int parent, const std::string& name, std::string_view path, const OwnDirectories& own);

}  // namespace longshore::spool
