#include "spool/landing/listing.hpp"

#include <doctest/doctest.h>

namespace longshore::spool {
namespace {

Candidate file(const std::string& name, long second) { return {name, 1, {second, 0}}; }

void take_all(Listing& listing) {
  while (!listing.is_empty())
    listing.take_oldest();
  listing.end();
}

}  // namespace

TEST_CASE("a full listing without a ready file is skipped once, and one with a ready file is not") {
  Listing listing;
  listing.replace({file("a", 1), file("b", 2)}, true);
  CHECK(listing.oldest().name == "a");
  take_all(listing);
  CHECK(listing.skips(file("b", 2)));
  CHECK_FALSE(listing.skips(file("c", 3)));
  listing.replace({file("c", 3), file("d", 4)}, true);
  CHECK_FALSE(listing.skips(file("a", 1)));
  listing.became_ready();
  take_all(listing);
  CHECK_FALSE(listing.skips(file("c", 3)));
}

TEST_CASE("a listing is repeated if it has the same versions of the same files") {
  Listing listing;
  listing.replace({file("a", 1)}, false);
  CHECK_FALSE(listing.is_repeated());
  listing.replace({file("a", 1)}, false);
  CHECK(listing.is_repeated());
  listing.replace({file("a", 2)}, false);
  CHECK_FALSE(listing.is_repeated());
}

}  // namespace longshore::spool
