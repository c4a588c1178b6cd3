// The schema that the setting `schema` names. Without the setting, a session uses the search_path of its role. A session
// without a schema, also one of SQLite, never lacks one.
#pragma once

#include "store/store.hpp"

#include <string>

namespace longshore::store {

bool is_schema_missing(Session& session);

// In a transaction: creates the schema. Throws Error{fatal, Exit::config}, with the SQL that helps, if the role may not.
void create_schema(Session& session);

// Throws Error{fatal, Exit::config} if the schema does not exist, or if the role may not use it: then no table is found.
void require_schema(Session& session);

// For remedies: "fleet"."ingest_log", or "ingest_log" if the session has no schema.
std::string qualified(const Session& session, const std::string& name);

}  // namespace longshore::store
