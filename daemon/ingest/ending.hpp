// How the files of a feed end: the landing directory waits for a file without this end, because it may still be written.
#pragma once

#include "feed/feed.hpp"
#include "spool/landing/tail.hpp"

namespace longshore::ingest {

inline spool::Ending ending_of(const Feed& feed) {
  return feed.csv ? spool::Ending::line_break : spool::Ending::bracket;
}

}  // namespace longshore::ingest
