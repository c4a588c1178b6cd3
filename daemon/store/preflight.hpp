// Finds what a load would meet later: settings of the server, and rights of this role. It changes nothing.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <span>
#include <string>

namespace longshore::store {

// Who creates tables that are missing.
enum class Creator { this_role, another_role };

// Throws Error{fatal, Exit::config} with all faults at once; the hint has the SQL that mends each of them. Tables that do not
// exist yet are left out: who creates them has all rights on them. Logs a warning for what longshore overrides. SQLite: does
// nothing, because open() has checked. `deletes_from`: tables from which the daemon deletes rows, because a setting of
// housekeeping says so.
void preflight(Session& session, const Registry& registry, Creator creator = Creator::this_role,
               std::span<const std::string> deletes_from = {});

}  // namespace longshore::store
