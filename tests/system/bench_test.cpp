// Checks that ./dev bench works, on tiny input. Its figures are not checked.
#include "support/places.hpp"
#include "support/scratch_directory.hpp"
#include "support/script.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace longshore::test;

namespace fs = std::filesystem;

namespace {

ScriptRun bench(const fs::path& build, const std::string& cases = "") {
  return run_script("'" + source("bench/run") + "' --tiny --build '" + build.string() + "' " + cases);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("each case of the benchmark loads the rows that were generated") {
    const fs::path build = fs::path{program()}.parent_path();
    if (!fs::exists(build / "bench"))
      SKIP("built without LONGSHORE_BENCH");
    const ScriptRun all = bench(build);
    CHECK_MESSAGE(all.exit == 0, all.output);
  }

  TEST_CASE("a benchmark fails if it loaded other rows than were generated") {
    const ScratchDirectory directory;
    const std::string wrong_longshore = directory / "longshore";
    // reports one generated record too many
    std::ofstream{wrong_longshore} << "#!/bin/sh\n'" << program() << "' \"$@\" | sed 's/\"records\":/&1/'\n";
    fs::permissions(wrong_longshore, fs::perms::owner_all);
    const ScriptRun one = bench(directory.path(), "sqlite");
    CHECK(one.exit == 1);
    CHECK_MESSAGE(one.output.find("WRONG: ledger: found {'files': 1, ") != std::string::npos, one.output);
  }
}
