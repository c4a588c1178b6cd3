// Moves an archived or claimed file back into the landing directory, under its own name. A daemon then takes it as a
// new arrival.
#pragma once

#include "spool/work/workspace.hpp"

#include <string>

namespace longshore::spool {

enum class Returned {
  done,
  gone,   // there is no regular file (any more): another process moved it
  taken,  // the landing directory has a file of this name; it is never replaced
};

struct ReturnFrom {
  int directory;
  std::string below;  // a directory in it, or ""
  std::string name;   // of the file there and in the landing directory
  std::string what;   // for messages
};

// Renames without replacing, so only one of two callers succeeds. Keeps the mtime. To another file system the file is
// copied under a hidden name, read back and renamed. If the process is killed, the file is in one of the two
// directories, or complete in both. `done` means durable. Throws Error{transient}; then the file was not moved.
Returned return_to_landing(const ReturnFrom& from, const std::string& landing);
// The same for a claimed file.
Returned return_to_landing(const Claim& claim, const std::string& name, const std::string& landing);

}  // namespace longshore::spool
