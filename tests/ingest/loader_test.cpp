// What loaders report to the observer about their transactions.
#include "ingest/loader.hpp"

#include "ingest/run.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

class Commits : public observe::Observer {
 public:
  void transaction_committed(std::size_t files) override {
    const std::lock_guard lock{m_mutex};
    m_files.push_back(files);
  }
  std::vector<std::size_t> of_run(const Pipeline& p) {
    CHECK(ingest::run({p.config, p.registry}, *this) == Exit::ok);
    return m_files;
  }

 private:
  std::mutex m_mutex;
  std::vector<std::size_t> m_files;
};

}  // namespace

TEST_CASE_ON_EACH_STORE(
    "a small file that is too large for the window is reported once, in the transaction that streams it") {
  Pipeline p{target};
  p.config.window_bytes = 5'000;
  p.drop(routed("grows"), document("grows", 300));
  const auto commits = Commits{}.of_run(p);
  CHECK(commits == std::vector<std::size_t>{1});
  p.check_books();
}

TEST_CASE_ON_EACH_STORE(
    "a file that was committed before a crash, and is only moved, is not reported as committed again") {
  for (const std::uint64_t large_file : {std::uint64_t{4'194'304}, std::uint64_t{1'000}}) {
    Pipeline p{fresh_like(target)};
    p.config.large_file = large_file;
    p.drop(routed("1"), document("1", 100));
    DaemonProcess crashed{p, {.environment = {{"LONGSHORE_CRASH_AT", "before_archive:1"}}}};
    REQUIRE(crashed.wait() == 137);
    const auto commits = Commits{}.of_run(p);
    CHECK(commits.empty());
    CHECK(p.files("processed").size() == 1);
    p.check_books();
  }
}
