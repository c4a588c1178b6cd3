// Paths below the landing directory, in which other users create directories. The kernel resolves such a path as a
// whole (openat2): it never follows a link, never enters another mount, and never leaves the directory it starts in,
// whatever is renamed meanwhile. All code that opens something below a directory of landing uses these functions.
#pragma once

#include "base/fd.hpp"

#include <string>
#include <string_view>

namespace longshore::spool {

// "a/b/c.json": the last part is "c.json", the directory is "a/b". A name without a slash has the directory "".
std::string_view last_part(std::string_view path);
std::string_view directory_part(std::string_view path);

// Opens a directory below `root`. If it cannot be opened: no descriptor, and errno; ELOOP for a link, EXDEV for another
// mount. Throws system_error if descriptors or memory run out.
Fd open_beneath(int root, const std::string& path);
// Creates what does not exist of it, with the rights of the directory around it, and makes that durable. Throws
// system_error if a created directory cannot be made durable.
Fd make_beneath(int root, std::string_view path);

// The directory of a path below `root`, and the last part of the path. A path without a slash costs no system call.
class Parent {
 public:
  // `root` must stay open. If the directory cannot be opened, this is false, and errno says why. Throws like
  // open_beneath().
  Parent(int root, const std::string& path);

  explicit operator bool() const { return m_fd >= 0; }
  int fd() const { return m_fd; }
  const std::string& name() const { return m_name; }

 private:
  std::string m_name;
  Fd m_opened;
  int m_fd;
};

// Throws Error{fatal} with a hint if the kernel does not have openat2, or a container does not allow it.
void require_openat2();

}  // namespace longshore::spool
