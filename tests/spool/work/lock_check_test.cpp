#include "spool/work/lock_check.hpp"

#include "base/fd.hpp"
#include "spool/scratch.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>

namespace longshore::spool {

TEST_CASE("the locks of a local directory pass the check, and no file remains") {
  const Scratch scratch;
  const Fd directory{::open(scratch.directories.landing.c_str(), O_RDONLY | O_DIRECTORY)};
  CHECK_NOTHROW(check_locks(directory.get(), scratch.directories.landing));
  CHECK(names_in(scratch.directories.landing) == std::vector<std::string>{".work"});
}

TEST_CASE("F40: mount options that limit a network file system's locks to this host are recognised") {
  CHECK(local_lock_option("rw,vers=3,nolock,addr=10.0.0.1") == "nolock");
  CHECK(local_lock_option("rw,vers=3,local_lock=flock") == "local_lock=flock");
  CHECK(local_lock_option("local_lock=all,rw") == "local_lock=all");
  CHECK(local_lock_option("rw,nobrl") == "nobrl");
  CHECK(local_lock_option("rw,vers=4.2,local_lock=none") == "");
  CHECK(local_lock_option("rw,local_lock=posix") == "");
  CHECK(local_lock_option("") == "");
}

}  // namespace longshore::spool
