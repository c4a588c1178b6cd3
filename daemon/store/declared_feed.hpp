// What a row of ingest_feeds says about a feed: its declaration, and how its tables are filled. The catalog does not have
// that: SQLite stores a date and a timestamp as text, and no table shows which column makes a latest row newer.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <string_view>

namespace longshore::store {

struct DeclaredFeed {
  std::string declaration;
  std::string types;  // of the columns of its table: "gate_events: at timestamp; gate text"
  // The latest table, its key and `newest`: "gate: gate; at", or "gate: gate; at; no history". "" without one.
  std::string latest;

  bool operator==(const DeclaredFeed&) const = default;
};

DeclaredFeed declared_feed(const Feed& feed);

// By feed, as in ingest_feeds. Empty if the database does not have the table yet.
std::map<std::string, DeclaredFeed> read_declared_feeds(Session& session);

// Whether the feed was declared without a history.
bool is_without_history(const DeclaredFeed& declared);

// Whether this is the latest table of the feed.
bool has_latest_table(const DeclaredFeed& declared, std::string_view table);

// The table of its history; "" if the feed has none, or was not declared.
std::string history_table(const DeclaredFeed& declared);

// The type with which this column of the table was declared; "" if the table has none on record.
std::string recorded_type(const DeclaredFeed& declared, std::string_view table, std::string_view column);

}  // namespace longshore::store
