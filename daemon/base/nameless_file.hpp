// A new file that has no name until it is complete: a reader of its directory sees the old file, or the whole new
// one. Without publish() nothing is left, also after kill -9. A file system that has no nameless files (O_TMPFILE) gets
// a hidden temporary name instead, which the destructor removes, and a kill -9 does not.
#pragma once

#include "base/fd.hpp"

#include <string>

namespace longshore {

class NamelessFile {
 public:
  // On the file system of this directory. Throws system_error.
  explicit NamelessFile(const std::string& directory);
  ~NamelessFile();
  NamelessFile(const NamelessFile&) = delete;

  int fd() const { return m_fd.get(); }
  // The content must be synced before. Gives the file this name, which replaces an existing file, and syncs the
  // directory of `path`, which must exist. Throws system_error: an existing file is unchanged then.
  void publish(const std::string& path);

 private:
  Fd m_fd;
  std::string m_temporary;  // "" if it has no name
};

}  // namespace longshore
