// Short runs of ./dev torture and ./dev powercut.
#include "support/places.hpp"
#include "support/script.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore::test;

namespace {

constexpr int k_skipped = 77;  // exit code of the scripts if this machine does not allow them

// The script must find no fault.
void run(const std::string& words) {
  const std::string command = "python3 -B '" + source("tests/torture/" + words) + " --binary '" + program() + "'";
  const ScriptRun script = run_script(command);
  if (script.exit == k_skipped)
    skip_case(script.output);
  else
    CHECK_MESSAGE(script.exit == 0, command << "\n" << script.output);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE(
      "D01 F01 F02 F04 F05 F09 F10 F12 F13 O06 P01 T02: random kills under a stream of all kinds of deliveries: no file is lost, loaded twice or loaded in part") {
    SUBCASE("sqlite") { run("torture.py' 0.7 --store sqlite --rounds 1 --seed 7"); }
    SUBCASE("postgres, two daemons, and the server crashes too") {
      run("torture.py' 0.7 --store postgres --daemons 2 --rounds 1 --seed 8");
    }
  }

  TEST_CASE(
      "W01 W02 W03 W04 W05: after a power cut each file that its uploader had synced is there once, and no file is loaded in part") {
    SUBCASE("sqlite") { run("powercut.py' 2 --store sqlite"); }
    SUBCASE("postgres") { run("powercut.py' 2 --store postgres"); }
  }
}
