// One claim directory that cannot be adopted must not block the adoption of the rest.
#include "base/error.hpp"
#include "spool/scratch.hpp"
#include "spool/work/workspace.hpp"

namespace longshore::spool {
namespace {

#ifdef LONGSHORE_CRASH_POINTS
void claim_half_way(Workspace& workspace, const std::vector<Candidate>& candidates) {
  ::setenv("LONGSHORE_FAIL_AT", "after_claim:1-1000", 1);
  CHECK_THROWS_AS(workspace.claim(candidates), Error);
  ::unsetenv("LONGSHORE_FAIL_AT");
}

TEST_CASE("O01: a claim whose directory was removed does not block the adoption of other claims") {
  const Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  claim_half_way(workspace, scratch.write_candidates({"a.json"}));
  const std::string instance = scratch.directories.work + "/host-1/";
  std::filesystem::remove_all(instance + names_in(instance)[0]);
  claim_half_way(workspace, scratch.write_candidates({"b.json"}));
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 1);
  CHECK(names_of(adopted[0].files) == std::vector<std::string>{"b.json"});
}
#endif

TEST_CASE("a plain file with the name of a claim does not block the adoption of other claims") {
  const Scratch scratch;
  const std::string instance = scratch.directories.work + "/host-1/";
  std::filesystem::create_directories(instance + "20261121T040512.123456Z-5f3a09c2");
  std::ofstream{instance + "20261121T040512.123456Z-5f3a09c2/a.json"} << k_document;
  std::ofstream{instance + "20261121T040512.123456Z-5f3a09c1"} << "x";
  Workspace workspace{scratch.directories, "host"};
  const auto adopted = workspace.adopt();
  REQUIRE(adopted.size() == 1);
  CHECK(names_of(adopted[0].files) == std::vector<std::string>{"a.json"});
}

}  // namespace
}  // namespace longshore::spool
