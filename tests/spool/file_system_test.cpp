#include "spool/file_system.hpp"

#include "base/fd.hpp"
#include "support/mount.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>

namespace longshore::spool {

TEST_CASE("tmpfs does not sync in order, and it sends events for all changes") {
  const test::ScratchDirectory scratch;
  const auto disk = test::Mount::tmpfs(scratch.path());
  if (!disk)
    return;
  const Fd directory{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  CHECK_FALSE(syncs_in_order(directory.get()));
  CHECK(file_system_without_events(directory.get()).empty());
}

}  // namespace longshore::spool
