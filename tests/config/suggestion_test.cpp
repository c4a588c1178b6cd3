#include "config/suggestion.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace longshore::config;

TEST_CASE("the edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("settle", "settle") == 0);
  CHECK(edit_distance("setle", "settle") == 1);
  CHECK(edit_distance("sattle", "settle") == 1);
  CHECK(edit_distance("settel", "settle") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a word similar to a known word gives a suggestion, other words give none") {
  static constexpr std::array<std::string_view, 4> k_known = {"landing", "log_level", "loaders", "work"};
  CHECK(nearest("landign", k_known) == "landing");
  CHECK(nearest("log-level", k_known) == "log_level");
  CHECK(nearest("wrk", k_known) == "work");
  CHECK(nearest("database", k_known).empty());
  CHECK(nearest("", k_known).empty());
  CHECK(did_you_mean("loader", k_known, "see the list") == "did you mean loaders");
  CHECK(did_you_mean("zzz", k_known, "see the list") == "see the list");
}
