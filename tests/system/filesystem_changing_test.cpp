// A file that its writer changes through an open descriptor while the daemon reads it. Reading is slowed down so that it happens.
#include "base/digest.hpp"
#include "base/fd.hpp"
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;

namespace {

// Claimed with `before`, a descriptor still open; when the daemon has begun to read, `change` is done to it.
void change_while_it_is_read(Pipeline& p, const std::string& before, const std::function<void(int)>& change,
                             const std::string& after) {
  if (!can_inject())
    return;
  p.config.large_file = 100'000;
  Running daemon{p};
  {
    const std::string hidden = landing_path(p, ".upload");
    const Fd writer{::open(hidden.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    write_all(writer.get(), before, hidden);
    const Injection slow{daemon.pid(), {"read:delay_enter=30000"}, p.scratch / "strace"};
    std::filesystem::rename(hidden, landing_path(p, routed("1")));
    REQUIRE(daemon.wait_for_log("loading"));
    change(writer.get());
  }
  CHECK(all_settled(p, 1));
  CHECK(daemon.stop() == 0);
  CHECK(p.rows("select status, sha256 from ingest_log") == std::vector<std::string>{"loaded|" + Sha256::of(after)});
  CHECK(p.one("select count(distinct vehicle_id) from detection_events") == "1");
  p.check_books();
}

void write_over(int file, const std::string& content) {
  CHECK(::pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("a file that is rewritten in place while it is read is loaded as one version") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const std::string after = document("after1", 10'000);
    change_while_it_is_read(
        p, document("before", 10'000), [&](int file) { write_over(file, after); }, after);
  }

  TEST_CASE("a file that is cut to nothing while it is read, and written anew, is loaded as it is then") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const std::string after = document("after", 3'000);
    change_while_it_is_read(
        p, document("before", 10'000),
        [&](int file) {
          CHECK(::ftruncate(file, 0) == 0);
          write_over(file, after);
        },
        after);
  }

  TEST_CASE("a file that grows while it is read is loaded with all that it has in the end") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const std::string after = document("v", 12'000);
    change_while_it_is_read(
        p, document("v", 10'000), [&](int file) { write_over(file, after); }, after);
  }
}
