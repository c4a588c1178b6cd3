#include "spool/landing/age.hpp"

#include "base/fd.hpp"
#include "spool/scratch.hpp"

namespace longshore::spool {
namespace {

struct stat stamped(const Scratch& scratch) {
  scratch.write("a.json");
  struct stat st {};
  REQUIRE(::stat(scratch.in_landing("a.json").c_str(), &st) == 0);
  return st;
}

struct Clocked {
  const Scratch& scratch;
  Age age;
  Clocked(const Scratch& s, bool by_mtime) : scratch(s), age(by_mtime) {
    age.use_clock_of(open_directory(scratch.directories.work).get());
    age.begin_look(std::chrono::steady_clock::now());
  }
};

}  // namespace

TEST_CASE("a file copied with its old mtime has the age of its arrival") {
  const Scratch scratch;
  Clocked clocked{scratch, false};
  struct stat st = stamped(scratch);
  st.st_mtim.tv_sec -= 86'400;
  CHECK(clocked.age.of(st).value() < 1h);
  st.st_ctim.tv_sec -= 86'400;
  CHECK(clocked.age.of(st).value() > 23h);
}

TEST_CASE("a run with --once uses mtime, unless mtime is in the future") {
  const Scratch scratch;
  Clocked clocked{scratch, true};
  struct stat st = stamped(scratch);
  st.st_mtim.tv_sec -= 86'400;
  CHECK(clocked.age.of(st).value() > 23h);
  st.st_mtim.tv_sec += 2 * 86'400;
  st.st_ctim.tv_sec -= 2 * 3'600;
  CHECK(clocked.age.of(st).value() > 1h);
  CHECK(clocked.age.of(st).value() < 3h);
}

TEST_CASE("a time stamp in the future gives no age") {
  const Scratch scratch;
  Clocked clocked{scratch, false};
  struct stat st = stamped(scratch);
  st.st_ctim.tv_sec += 3'600;
  CHECK(!clocked.age.of(st));
}

TEST_CASE("reading the clock leaves no file in the work directory") {
  const Scratch scratch;
  Clocked clocked{scratch, false};
  stamped(scratch);
  CHECK(names_in(scratch.directories.work).empty());
}

}  // namespace longshore::spool
