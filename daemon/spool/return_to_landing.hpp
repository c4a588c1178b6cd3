// Moves an archived or claimed file back into the landing directory, under its own name. A daemon then takes it as a
// new arrival.
#pragma once

#include "spool/work/workspace.hpp"

#include <string>

namespace longshore::spool {

enum class Returned {
  done,
  gone,   // there is no regular file (any more): another process moved it
  taken,  // landing has this name, or something else than a directory where one is needed; it is never replaced
};

struct ReturnFrom {
  int directory;     // that has the file
  std::string name;  // its path below landing; the last part is its name in `directory`, too
  std::string what;  // for messages
  int locked = -1;   // the file, if the caller has it open and locked (spool/archive/locked_file.hpp)
};

// Renames without replacing, so only one of two callers succeeds. Keeps the mtime. To another file system the file is
// copied under a hidden name, read back and renamed. If the process is killed, the file is in one of the two
// directories, or complete in both. Directories of the name that do not exist are created. `done` means durable. Throws
// Error{transient}: if a directory could not be synced, the file was moved nevertheless; otherwise it was not.
Returned return_to_landing(const ReturnFrom& from, const std::string& landing);
// The same for a claimed file.
Returned return_to_landing(const Claim& claim, const std::string& name, const std::string& landing);

// Whether landing has a file, or anything else, of this name. Throws system_error.
bool is_in_landing(const std::string& landing, const std::string& name);

}  // namespace longshore::spool
