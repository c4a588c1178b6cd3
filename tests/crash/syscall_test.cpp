// The process is killed before its Nth system call of a kind, for N = 1, 2, 3, …: steps that have no crash point.
#include "crash/mixed_files.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

struct Call {
  const char* name;
  std::vector<int> some;  // the numbers that are tested by default
};

// strace counts for each thread of the daemon.
const Call k_calls[] = {
    {"mkdirat", {1, 4}},   {"renameat2", {2, 5}}, {"unlinkat", {1, 3}},    {"fsync", {1, 4, 9}},
    {"fdatasync", {2, 7}}, {"pwrite64", {3, 40}}, {"sendto", {9, 40, 70}}, {"openat", {60, 75}},
};

// True: the run was killed there. False: it made fewer such calls, and completed.
bool run_until(Pipeline& p, const std::string& call, int number) {
  DaemonProcess traced{p,
                       {.words = {},
                        .environment = {},
                        .prefix = {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                   "inject=" + call + ":signal=KILL:when=" + std::to_string(number)}}};
  return traced.wait(std::chrono::minutes{2}) == 128 + 9;
}

void kill_at(const store::Target& target, const Call& call, int number, const std::vector<std::string>& expected,
             bool& was_hit) {
  const std::string place = std::string{call.name} + " number " + std::to_string(number);
  INFO(place);
  empty_tables(target);
  Pipeline p{target};
  drop_mixed(p);
  was_hit = run_until(p, call.name, number);
  std::error_code nothing_yet;
  // the probe files of the directory checks are removed when they are old
  for (const auto& entry : std::filesystem::directory_iterator{p.config.work, nothing_yet})
    if (entry.is_regular_file())
      std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  p.config.instance = "second";
  p.run_once();
  p.check_books();
  CHECK(traces(p) == expected);
}

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_ON_EACH_STORE("P03: after a kill at a system call, the next start gives the result of an undisturbed run") {
    const auto expected = undisturbed(target);
    const bool every = std::getenv("LONGSHORE_TEST_EVERY_SYSCALL") != nullptr;
    int hits = 0;
    for (const Call& call : k_calls) {
      bool was_hit = true;
      for (int number = 1; every && was_hit; ++number, ++hits)
        kill_at(target, call, number, expected, was_hit);
      for (std::size_t i = 0; !every && i < call.some.size(); ++i) {
        kill_at(target, call, call.some[i], expected, was_hit);
        hits += was_hit ? 1 : 0;
      }
    }
    MESSAGE(hits << " kills");
    CHECK(hits >= 10);  // each store uses only some of the calls
  }
}
