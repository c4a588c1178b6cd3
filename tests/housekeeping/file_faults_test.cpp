// Faults of single files, which leave the other files alone.
#include "housekeeping/file_faults.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace longshore;

TEST_SUITE("housekeeping") {
  TEST_CASE("a fault of one file is reported at the end, with the number of them") {
    housekeeping::FileFaults faults;
    CHECK_NOTHROW(faults.report());
    const auto denied = [] { throw system_error(EACCES, "open"); };
    CHECK_NOTHROW(faults.guard("processed/2020-01-01/a", denied));
    CHECK_THROWS_WITH_AS(faults.report(), "processed/2020-01-01/a: open: Permission denied", Error);
    CHECK_NOTHROW(faults.guard("processed/2020-01-01/b", denied));
    CHECK_THROWS_WITH_AS(faults.report(), "processed/2020-01-01/a: open: Permission denied (and 1 more)", Error);
    CHECK(faults.count() == 2);
  }

  TEST_CASE("faults of the session, and those that affect every file, end the step") {
    housekeeping::FileFaults faults;
    CHECK_THROWS_AS(faults.guard("a", [] { throw system_error(ENOSPC, "write"); }), Error);
    CHECK_THROWS_AS(faults.guard("a", [] { throw Error{Fault::disconnected, "lost"}; }), Error);
    CHECK_THROWS_AS(faults.guard("a", [] { throw Error{Fault::transient, "database"}.with_code("XX000"); }), Error);
    CHECK(faults.count() == 0);
  }
}
