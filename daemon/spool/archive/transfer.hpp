// A move across file systems, where rename(2) cannot: copy, make durable, read back, name, unlink.
#pragma once

#include <string>

namespace longshore::spool {

struct Transfer {
  int from_directory;
  std::string from;  // a regular file
  int to_directory;
  std::string to;
  std::string temporary;  // hidden name in to_directory; the same at each try, so that a broken-off one is replaced
  std::string sha256;     // what the file should be; empty when not known. Another content is moved too, with a warning
  std::string what;       // for messages
};

// 0; EEXIST when the new name is taken by another file, ENOENT when there is no source. A file under the new name with
// the same time and bytes is this one, moved before the process died: only the source is removed. Killed at any instant
// it leaves the source, or the whole file under its new name, or both. Throws Error{transient}; the source stays then.
int transfer(const Transfer& transfer);

}  // namespace longshore::spool
