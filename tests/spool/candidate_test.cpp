#include "spool/candidate.hpp"

#include "spool/landing/oldest.hpp"
#include "spool/work/claim_id.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace longshore::spool {

TEST_CASE("uploads in progress are recognised by a leading dot or a lower-case ending") {
  for (const char* name :
       {".", "..", ".a.json", ".a.json.Xy12Zq", "a.json~", "a.json.tmp", "a.json.part", "a.json.partial",
        "a.json.filepart", "a.json.cyberduckpart", ".a.json.swp", "a.json.crdownload", "a.json.opdownload"})
    CHECK_MESSAGE(is_upload_in_progress(name), name);
  for (const char* name : {"a.json", "a.json.TMP", "a.tmp.json", "part", "tmp", "a.partially", "~a.json", "-a.json"})
    CHECK_MESSAGE(!is_upload_in_progress(name), name);
}

TEST_CASE("files that a glob matches are ignored like uploads in progress") {
  const std::vector<std::string> globs = {"*.md5", "README*"};
  for (const char* name : {"a.json.md5", "README", ".a.json", "a.json.part"})
    CHECK_MESSAGE(is_ignored(name, globs), name);
  for (const char* name : {"a.json", "a.MD5", "a.md5.json", "my README"})
    CHECK_MESSAGE(!is_ignored(name, globs), name);
}

TEST_CASE("files are ordered by mtime in nanoseconds, then by the bytes of their names") {
  const Candidate a{"z", 1, {1, 5}};
  const Candidate b{"a", 1, {1, 6}};
  const Candidate c{"b", 1, {1, 6}};
  CHECK(is_older(a, b));
  CHECK(is_older(b, c));
  CHECK(!is_older(c, c));
}

TEST_CASE("the difference of two time stamps does not overflow in any year") {
  CHECK(between({1, 900'000'000}, {3, 100'000'000}) == std::chrono::milliseconds{1'200});
  CHECK(between({3, 0}, {1, 0}) == std::chrono::seconds{-2});
  constexpr auto k_last = std::numeric_limits<time_t>::max();
  CHECK(between({-k_last, 0}, {k_last, 0}) > std::chrono::hours{24 * 365});
  CHECK(between({k_last, 0}, {-k_last, 0}) < std::chrono::hours{-24 * 365});
}

TEST_CASE("the oldest candidates are kept, in order, if not all fit") {
  Oldest oldest{3};
  for (const long second : {5, 1, 4, 2, 3})
    oldest.add({"n" + std::to_string(second), 0, {second, 0}});
  CHECK(oldest.left_out() == 2);
  const auto taken = oldest.take();
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].name == "n1");
  CHECK(taken[2].name == "n3");
}

TEST_CASE("a claim id shows its UTC date and sorts by time") {
  const std::string id = new_claim_id(848'563'512'123'456);
  CHECK(id.substr(0, 24) == "20261121T080512.123456Z-");
  CHECK(claim_date(id) == "2026-11-21");
  CHECK(is_claim_id(id));
  CHECK(new_claim_id(848'563'512'123'457) > id);
  for (const char* other : {"", "foo", "20261121T100512.123456Z-ABCDEF01", "20261121T100512.123456Z-abcdef012"})
    CHECK_MESSAGE(!is_claim_id(other), other);
}

}  // namespace longshore::spool
