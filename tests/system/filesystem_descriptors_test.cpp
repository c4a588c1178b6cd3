// The daemon runs out of descriptors while it works, and gets more later.
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include <sys/resource.h>

using namespace longshore;
using namespace longshore::test;

namespace {

rlim_t descriptors_of(pid_t process) {
  const auto fds = std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/fd"};
  return static_cast<rlim_t>(std::distance(begin(fds), end(fds)));
}

void limit_descriptors(pid_t process, rlim_t most) {
  rlimit limit{};
  REQUIRE(::prlimit(process, RLIMIT_NOFILE, nullptr, &limit) == 0);
  limit.rlim_cur = most;
  REQUIRE(::prlimit(process, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "P11: descriptors run out: files wait, none fails, and all load when descriptors are free again") {
    Pipeline p{target};
    p.config.refusals = 1000;
    Running daemon{p};
    p.drop(routed("warm"), document("warm"));
    REQUIRE(all_settled(p, 1));
    const rlim_t used = descriptors_of(daemon.pid());
    std::size_t files = 1;
    for (const rlim_t more : {0, 1, 2, 3, 4}) {
      limit_descriptors(daemon.pid(), used + more);
      for (int i = 0; i < 3; ++i, ++files)
        p.drop(routed(std::to_string(files)), document("v" + std::to_string(files)));
      all_settled(p, files, 300ms);  // it may succeed with a few
      limit_descriptors(daemon.pid(), 1024);
      REQUIRE(all_settled(p, files));
      REQUIRE(daemon.is_running());
    }
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(files));
    CHECK(p.files("processed").size() == files);
    p.check_books();
  }
}
