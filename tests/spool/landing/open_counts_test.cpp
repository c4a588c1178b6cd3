#include "spool/landing/open_counts.hpp"

#include <doctest/doctest.h>

namespace longshore::spool {

TEST_CASE("the counts of a directory that was renamed are dropped, with those below it") {
  OpenCounts counts{10};
  for (const char* name : {"veh1/a.json", "veh1/x/b.json", "veh10/c.json", "veh1.json", "veh"})
    counts.opened(name);
  counts.forget_below("veh1");
  CHECK(!counts.is_open("veh1/a.json"));
  CHECK(!counts.is_open("veh1/x/b.json"));
  for (const char* name : {"veh10/c.json", "veh1.json", "veh"})
    CHECK(counts.is_open(name));
}

}  // namespace longshore::spool
