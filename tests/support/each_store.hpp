// Runs a test on both engines: what the seam promises holds on either side of it.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>

namespace longshore::test {

// The body once a SUBCASE with a new, empty database.
void on_each_store(const std::function<void(const store::Target&)>& body);

// Opened for reading and writing, and migrated for these feeds.
std::unique_ptr<store::Session> open_migrated(const store::Target& target, const Registry& registry);

}  // namespace longshore::test
