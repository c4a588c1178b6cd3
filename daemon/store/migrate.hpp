// Creates and checks the tables. Compiled-in migrations create the tables of the ledger. The tables of each feed, also
// of a built-in one, are created from its declaration; a script of a built-in feed then adds its view or index.
#pragma once

#include "embedded.hpp"
#include "feed/feed.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <vector>

namespace longshore::store {

// The changes made, for messages: "0001_baseline", "table door_events", "door_events.firmware". Empty if nothing was to
// be done.
using Changes = std::vector<std::string>;

// Applies pending migrations, then adds missing tables and missing nullable columns of the feeds, drops NOT NULL of
// columns that are not required any more, fills latest tables that lack rows, and records the declarations of the feeds.
// All of it is one transaction. Loaders wait for it if a migration is pending, if a latest table is filled, or if the
// tables of a declared feed change. Several processes may migrate at the same time: an advisory lock (PostgreSQL) or BEGIN IMMEDIATE
// (SQLite) lets one run, the others wait. Throws Error{fatal, Exit::config} with a hint if the database is newer than
// the binary, if the checksum of an applied migration differs, if a name is taken (taken_names.hpp), or if a table differs from its feed. The message names
// each column that differs. The name of a migration is VERSION_TITLE.sql, or VERSION_TITLE.ENGINE.sql for one engine.
// `declared_by` names this process in ingest_feeds.
Changes migrate(Session& session, const Registry& registry,
                std::span<const EmbeddedFile> migrations = embedded_migrations(), const std::string& declared_by = "");

// Does the same checks without writing, also of the declarations: a daemon pauses a feed that the database has with another
// one. Throws Error{fatal, Exit::config} with a list of what is missing and the hint
// "longshore migrate".
void check_schema(Session& session, const Registry& registry,
                  std::span<const EmbeddedFile> migrations = embedded_migrations());

}  // namespace longshore::store
