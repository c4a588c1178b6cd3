// Names that longshore is about to create, and that something else in the database already has.
#pragma once

#include "embedded.hpp"
#include "feed/feed.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

// The tables, views and indexes that a script creates by name.
std::vector<std::string> created_names(std::string_view script);

// Throws Error{fatal, Exit::config} with all of these names that are in use, what uses each, and the remedy. `pending` has
// the scripts of migrations that are not applied. A feed without a row in ingest_feeds has no table and no view yet; a
// table that has longshore's columns is taken over.
void refuse_taken_names(Session& session, std::span<const std::string_view> pending, const Registry& registry);

}  // namespace longshore::store
