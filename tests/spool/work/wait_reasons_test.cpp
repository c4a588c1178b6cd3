#include "spool/work/wait_reasons.hpp"

#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore::spool;
using namespace longshore::test;

TEST_SUITE("wait reasons") {
  TEST_CASE("status reads the list that a daemon wrote, also after it was replaced") {
    const ScratchDirectory work;
    const std::vector<WaitReason> before{{"doors", 3, R"(doors\x09_1.json)", "no partition; hint: create one"}};
    const std::vector<WaitReason> after{{"doors", 1, "doors_2.json", "a\tb\nc"}, {"gates", 0, "", "paused"}};
    write_wait_reasons(work / "", "host-1", before);
    CHECK(read_wait_reasons(work / "", "host-1") == before);
    write_wait_reasons(work / "", "host-1", after);
    const auto read = read_wait_reasons(work / "", "host-1");
    REQUIRE(read.size() == 2);
    CHECK(read[0].reason == R"(a\x09b\x0ac)");
    CHECK(read[1] == after[1]);
  }

  TEST_CASE("an empty list removes the file, and a missing file is an empty list") {
    const ScratchDirectory work;
    write_wait_reasons(work / "", "host-1", {});
    write_wait_reasons(work / "", "host-1", std::vector<WaitReason>{{"doors", 1, "x", "y"}});
    write_wait_reasons(work / "", "host-1", {});
    CHECK(std::filesystem::is_empty(work / ""));
    CHECK(read_wait_reasons(work / "", "host-1").empty());
  }
}
