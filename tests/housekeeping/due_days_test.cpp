// Which days of the archive a step looks at.
#include "housekeeping/due_days.hpp"

#include "base/time.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;
using Days = std::vector<std::string>;

TEST_SUITE("housekeeping") {
  TEST_CASE("a day with nothing due is postponed, until the clock turns out to have been ahead") {
    const ScratchDirectory scratch;
    const std::string root = scratch / "processed";
    for (const char* day : {"2020-01-01", "2020-01-02", "2020-02-01"})
      std::filesystem::create_directories(root + "/" + day);
    const spool::Directories directories{scratch / "landing", scratch / "work", root, scratch / "failed"};
    housekeeping::DueDays days{spool::Shelf::processed, directories};
    const std::int64_t now = *parse_time("2020-01-10T00:00:00Z").micros;
    CHECK(days.at(now, now) == Days{"2020-01-01", "2020-01-02"});
    days.postpone("2020-01-01", now + k_micros_a_day);
    CHECK(days.at(now, now) == Days{"2020-01-02"});
    CHECK(days.at(now + k_micros_a_day, now) == Days{"2020-01-01", "2020-01-02"});
    days.postpone("2020-01-01", now + 3 * k_micros_a_day);
    CHECK(days.at(now + k_micros_a_day - 1, now) == Days{"2020-01-01", "2020-01-02"});
  }
}
