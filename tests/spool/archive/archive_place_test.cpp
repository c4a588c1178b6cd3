#include "spool/archive/archive_place.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

namespace longshore::spool {

TEST_CASE("a place is read from the ledger's text and written back unchanged") {
  for (const char* text :
       {"processed/2026-11-21/a.json", "failed/2026-11-21/new\\x0aline.json",
        "processed/2026-11-21/20261121T040512.123456Z-5f3a09c1/a.json", "processed/2026-11-21/veh1/x/new\\x0aline.json",
        "failed/2026-11-21/20261121T040512.123456Z-5f3a09c1/veh1/a.json"})
    CHECK(ArchivePlace::parse(text).text() == text);
  const auto below = ArchivePlace::parse("failed/2026-11-21/20261121T040512.123456Z-5f3a09c1/veh1/a.json");
  CHECK(below.claim == "20261121T040512.123456Z-5f3a09c1");
  CHECK(below.name == "veh1/a.json");
  CHECK(below.file_name() == "a.json");
  CHECK(below.path({"/l", "/w", "/p", "/f"}) == "/f/2026-11-21/20261121T040512.123456Z-5f3a09c1/veh1/a.json");
  for (const char* text : {"processed/2026-11-21/../a.json", "processed/2026-11-21/veh1//a.json",
                           "processed/2026-11-21/veh1\\x2fa.json", "processed/2026-11-21"})
    CHECK_THROWS_AS(ArchivePlace::parse(text), Error);
  CHECK(ArchivePlace::parse("failed/2026-11-21/new\\x0aline.json").name == "new\nline.json");
  CHECK_THROWS_WITH_AS(ArchivePlace::parse("landing/a.json"), "\"landing/a.json\" is not a place in the archive",
                       Error);
}

TEST_CASE("a place in the claim's sub-directory has the same name and day") {
  const std::string claim = "20261121T040512.123456Z-5f3a09c1";
  const auto place = ArchivePlace::of(Shelf::failed, claim, "a.json");
  CHECK(place.text() == "failed/2026-11-21/a.json");
  const auto in_claim = place.in_claim_directory(claim);
  CHECK(in_claim.text() == "failed/2026-11-21/" + claim + "/a.json");
  CHECK(in_claim.in_claim_directory("other").text() == in_claim.text());
  CHECK(in_claim.path({"/l", "/w", "/p", "/f"}) == "/f/2026-11-21/" + claim + "/a.json");
}

}  // namespace longshore::spool
