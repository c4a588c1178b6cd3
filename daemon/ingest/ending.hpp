// How the files of a feed end: the landing directory waits for a file without this end, because it may still be written.
#pragma once

#include "feed/feed.hpp"
#include "spool/landing/tail.hpp"

namespace longshore::ingest {

inline spool::Ending ending_of(const Feed& feed) {
  if (!feed.csv)
    return spool::Ending::bracket;
  return feed.csv->final_newline ? spool::Ending::line_break : spool::Ending::any;
}

}  // namespace longshore::ingest
