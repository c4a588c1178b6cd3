// Which days of the archive a step looks at in a round. A day in which nothing is due is not listed each time.
#pragma once

#include "spool/archive/archive_place.hpp"
#include "spool/directories.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace longshore::housekeeping {

class DueDays {
 public:
  // Times are as in base/time.hpp. The directories must outlive it.
  DueDays(spool::Shelf shelf, const spool::Directories& directories) : m_shelf(shelf), m_directories(directories) {}

  // The days up to the one of `cutoff` that may have something due at `now`, oldest first. If `now` is earlier than in the
  // last call, the clock was ahead then: all days are looked at again. Throws system_error.
  std::vector<std::string> at(std::int64_t now, std::int64_t cutoff);
  // Nothing in this day is due before.
  void postpone(const std::string& day, std::int64_t until) { m_next[day] = until; }

 private:
  spool::Shelf m_shelf;
  const spool::Directories& m_directories;
  std::map<std::string, std::int64_t> m_next;  // by day; only days that exist
  std::int64_t m_now = 0;                      // of the last call
};

// "2026-11-21"
std::string date_of(std::int64_t micros);
// Of canonical text.
std::int64_t micros_of(const std::string& time);

}  // namespace longshore::housekeeping
