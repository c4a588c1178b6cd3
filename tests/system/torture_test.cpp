// A short ride of what ./dev torture does for as long as one likes.
#include "support/places.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <string>

#include <sys/wait.h>

using namespace longshore::test;

namespace {

constexpr int k_skipped = 77;  // what the scripts say when this machine does not allow it

// The script must find nothing; what it said is the message.
void run(const std::string& words) {
  const std::string command = "python3 -B '" + source("tests/torture/" + words) + " --binary '" + program() + "' 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  std::array<char, 4096> part{};
  while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe))
    output.append(part.data(), n);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == k_skipped) {
    MESSAGE(output);
    return;
  }
  const bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  CHECK_MESSAGE(is_well, command << "\n" << output);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("killed at random under a stream of every kind of delivery, nothing is lost, doubled or torn") {
    SUBCASE("sqlite") { run("torture.py' 0.7 --store sqlite --rounds 1 --seed 7"); }
    SUBCASE("postgres, two daemons, and the server crashes too") {
      run("torture.py' 0.7 --store postgres --daemons 2 --rounds 1 --seed 8");
    }
  }

  TEST_CASE("after a power cut what an uploader had synced is there once, and nothing is half loaded") {
    SUBCASE("sqlite") { run("powercut.py' 2 --store sqlite"); }
    SUBCASE("postgres") { run("powercut.py' 2 --store postgres"); }
  }
}
