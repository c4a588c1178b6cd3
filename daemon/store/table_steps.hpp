// What a migration must do so that the tables of the feeds fit their declarations.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace longshore::store {

// A change of the database, and its name in Changes.
struct Step {
  std::string change;
  std::function<void(Session&)> run;
  bool locks_out_loaders = false;  // call lock_out_loaders() before the first step
};

// Reads the catalog. Throws Error{fatal, Exit::config} if a table differs from its feed in a way that no step changes;
// the hint has the SQL that changes it, if there is one.
std::vector<Step> steps_for_feeds(Session& session, const Registry& registry);

}  // namespace longshore::store
