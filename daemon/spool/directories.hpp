// The four directories that one daemon works with, and the check at start that claims and archiving work in them.
#pragma once

#include <string>

namespace longshore::spool {

struct Directories {      // absolute paths without a slash at the end
  std::string landing;    // where producers put files; longshore never creates it
  std::string work;       // claims; on the same mount as landing; only longshore may write in it
  std::string processed;  // archive of loaded files; may be on another mount
  std::string failed;     // archive of files that could not be loaded

  // landing made absolute, with landing/.work inside and processed/, failed/ beside it.
  static Directories beside(const std::string& landing);
  // Whether this is one of the four: work, processed and failed may be inside landing.
  bool is_own(const std::string& path) const;
};

// Creates missing directories except landing (work 0700, processed and failed 0750). Checks that locks work
// (lock_check.hpp) and that landing and work are on one mount, by a real rename: st_dev does not show it, because a
// rename between two bind mounts of one file system fails, too. Throws Error{fatal} with a hint: Exit::config if the
// set-up is wrong, Exit::no_permission if rights are missing.
void prepare(const Directories&);

}  // namespace longshore::spool
