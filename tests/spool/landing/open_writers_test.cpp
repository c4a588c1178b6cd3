#include "spool/landing/open_writers.hpp"

#include "spool/scratch.hpp"

#include <ctime>

namespace longshore::spool {
namespace {

// A file that was last written this time ago.
Candidate file(const std::string& name, std::uint64_t size, std::chrono::seconds age = 0s) {
  return {name, size, timespec{::time(nullptr) - age.count(), 0}};
}

}  // namespace

TEST_CASE("a file waits for its writer from its last change on, not from the first look") {
  OpenWriters writers;
  const Candidate before = file("a", 1, 1h);
  const Candidate after = file("a", 2, 1h);
  CHECK(writers.wait_of("a", before, 60ms) == 60ms);  // an old mtime says nothing about its writer
  ::usleep(10'000);
  const auto changed = std::chrono::steady_clock::now();
  CHECK(writers.wait_of("a", after, 60ms) == 60ms);
  while (writers.wait_of("a", after, 60ms) > 0ms)
    ::usleep(1'000);
  CHECK(std::chrono::steady_clock::now() - changed >= 60ms);
}

TEST_CASE("a run with --once takes the time since the last write of a file that is open") {
  OpenWriters writers{true};
  CHECK(writers.wait_of("a", file("a", 1, 10min), 1h) > 40min);
  CHECK(writers.wait_of("a", file("a", 1, 10min), 1h) <= 50min);
  CHECK(writers.wait_of("b", file("b", 1, 2h), 1h) == 0ms);
  CHECK(writers.wait_of("future", file("future", 1, -1h), 1h) > 59min);
}

TEST_CASE("a file is known as open until it is forgotten") {
  OpenWriters writers;
  CHECK(!writers.contains("a"));
  writers.wait_of("a", file("a", 1), 1h);
  CHECK(writers.contains("a"));
  writers.forget("a");
  CHECK(!writers.contains("a"));
}

TEST_CASE("of more open files than the limit, the one that was unchanged longest is forgotten") {
  OpenWriters writers{false, 3};
  for (const char* name : {"a", "b", "c"}) {
    writers.wait_of(name, file(name, 1), 1h);
    ::usleep(1'000);
  }
  writers.wait_of("a", file("a", 2), 1h);
  writers.wait_of("d", file("d", 1), 1h);
  CHECK(!writers.contains("b"));
  for (const char* name : {"a", "c", "d"})
    CHECK(writers.contains(name));
}

}  // namespace longshore::spool
