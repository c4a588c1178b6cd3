// The four directories of one landing place, and the check at start that they can do what the protocol asks of them.
#pragma once

#include <string>

namespace longshore::spool {

struct Directories {    // absolute paths without a slash at the end
  std::string landing;    // where producers put files; it must be there, we never create it
  std::string work;       // claims; on the mount of landing, ours alone
  std::string processed;  // archive of what was loaded, may be on another mount
  std::string failed;     // archive of what could not be loaded

  // landing made absolute, with landing/.work inside and processed/, failed/ beside it.
  static Directories beside(std::string landing);
};

// Creates what is missing (work 0700, processed and failed 0750) and tries by a real rename that landing and work are
// one mount (st_dev does not tell: two bind mounts of one file system refuse renames too),
// and that locks hold (lock_proof.hpp). Throws Error{fatal} with a
// hint: Exit::config when the set-up is wrong, Exit::no_permission when rights are missing.
void prepare(const Directories&);

}  // namespace longshore::spool
