// A move between file systems, where rename(2) fails: copy, fsync, read back, rename the copy, unlink the source.
#pragma once

#include <string>

namespace longshore::spool {

struct Transfer {
  int from_directory;
  std::string from;  // a regular file
  int to_directory;
  std::string to;
  std::string temporary;  // hidden name in to_directory; the same at each try, so that an interrupted copy is replaced
  std::string sha256;     // expected content; empty if not known. Other content is moved as well, with a warning
  std::string what;       // for messages
};

// Returns 0, EEXIST if another file has the new name, or ENOENT if the source does not exist. A file under the new name
// with the same time and bytes is this file, moved before the process was killed: then only the source is removed. At
// every instant the source exists, or the complete file under its new name, or both. Throws Error{transient}; then the
// source still exists.
int transfer(const Transfer& transfer);

}  // namespace longshore::spool
