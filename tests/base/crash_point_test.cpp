#include "base/crash_point.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace longshore;

#ifdef LONGSHORE_CRASH_POINTS

namespace {

std::string pass(std::string_view name) {
  try {
    crash_point(name);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a list of points fails at each of them, counted by point, and at no other") {
  ::setenv("LONGSHORE_FAIL_AT", "list_a:2,list_b,list_a:4-5=bad_file", 1);
  CHECK(pass("list_a").empty());
  CHECK(pass("list_b") == "injected fault at list_b");
  CHECK(pass("list_a") == "injected fault at list_a");
  CHECK(pass("list_b").empty());
  CHECK(pass("list_a").empty());
  CHECK(pass("list_a") == "injected fault at list_a");
  CHECK(pass("list_a") == "injected fault at list_a");
  CHECK(pass("list_a").empty());
  CHECK(pass("list").empty());
  ::unsetenv("LONGSHORE_FAIL_AT");
}

#endif
