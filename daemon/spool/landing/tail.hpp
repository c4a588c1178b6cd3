// Looks at the end of a file before it is claimed: can it be a complete document?
#pragma once

#include "base/fd.hpp"

#include <string>

#include <sys/stat.h>

namespace longshore::spool {

// The last byte of a complete document; it depends on the format of a file's feed.
enum class Ending {
  bracket,     // of an object or an array, before any blanks
  line_break,  // of the last line
};

enum class Tail {
  whole,       // it has the ending; a compressed file: not empty
  ends_early,  // empty, or another last byte: an upload in progress, an interrupted upload, or another format
  unreadable,  // it cannot be opened or read
  gone,        // no regular file has this name (any more)
};

// Never blocks and never follows a link. Throws system_error only if descriptors or memory run out.
Tail tail_of(int directory, const std::string& name, Ending ending);
// The same, with the file, which is open if it is whole or ends early, and its stat.
Tail tail_of(int directory, const std::string& name, Ending ending, Fd& file, struct stat& st);

}  // namespace longshore::spool
