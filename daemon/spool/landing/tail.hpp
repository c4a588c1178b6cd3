// Looks at the end of a file before it is claimed: can it be a complete document?
#pragma once

#include <string>

#include <sys/stat.h>

namespace longshore::spool {

enum class Tail {
  whole,       // the last byte that is not blank closes an object or an array; a compressed file: not empty
  ends_early,  // empty, or another last byte: an upload in progress, an interrupted upload, or not JSON
  unreadable,  // it cannot be opened or read
  gone,        // no regular file has this name (any more)
};

// Never blocks and never follows a link. Throws system_error only if descriptors or memory run out.
Tail tail_of(int directory, const std::string& name);
Tail tail_of(int directory, const std::string& name, struct stat& st);  // with the stat of the open file

}  // namespace longshore::spool
