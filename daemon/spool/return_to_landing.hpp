// The way back: a file that was archived or claimed goes into the landing directory again, under the name it came with, so
// that the next look of a daemon takes it as a new arrival.
#pragma once

#include "spool/work/workspace.hpp"

#include <string>

namespace longshore::spool {

enum class Returned {
  done,
  gone,   // no regular file there (any more): somebody else was quicker
  taken,  // the landing directory has a file of this name, which is never touched
};

struct ReturnFrom {
  int directory;
  std::string below;  // a directory in it, or ""
  std::string name;   // in that, and in the landing directory afterwards
  std::string what;   // for messages
};

// By a rename that never replaces, so of two at once one wins; the mtime stays. To another file system it is copied under a
// hidden name, proven and renamed; killed meanwhile, the file is in one of the two directories, or whole in both. Durable
// when it returns `done`. Throws Error{transient}; the file is where it was then.
Returned return_to_landing(const ReturnFrom& from, const std::string& landing);
// The same for a file in its claim.
Returned return_to_landing(const Claim& claim, const std::string& name, const std::string& landing);

}  // namespace longshore::spool
