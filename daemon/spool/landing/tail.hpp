// The end of a file, looked at before it is claimed: whether a document can be whole at all.
#pragma once

#include <string>

#include <sys/stat.h>

namespace longshore::spool {

enum class Tail {
  whole,       // the last byte that is not blank closes an object or an array; compressed files: not empty
  ends_early,  // empty, or it ends otherwise: an upload that is under way or broke off, or no JSON
  unreadable,  // it may not be opened, or cannot be read
  gone,        // no regular file under this name any more
};

// Never waits and never follows a link. Throws system_error only when descriptors or memory run out.
Tail tail_of(int directory, const std::string& name);
Tail tail_of(int directory, const std::string& name, struct stat& st);  // and the stat of what was looked into

}  // namespace longshore::spool
