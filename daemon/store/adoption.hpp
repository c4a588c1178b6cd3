// A user's own table as the latest table of a feed without a history: what an upsert needs of it, and its first use.
#pragma once

#include "feed/feed.hpp"
#include "store/schema_sql.hpp"
#include "store/store.hpp"
#include "store/table_steps.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

struct Obstacle {
  std::string text;
  std::string remedy;  // SQL
};
// What would make each upsert into the table fail, besides its columns.
std::vector<Obstacle> obstacles_to_upserts(Session& session, const TableShape& table);

// The step that begins to use a table which exists already. It logs a warning for each integer that upserts use up.
// It throws Error{fatal, Exit::config} if the columns that longshore writes beside the declared ones have values: they
// would be overwritten, and a replay would take these rows for its own. The step looks, not its making: before the lock of
// a migration is held, another daemon may have taken the table over, and may have loaded files into it.
Step take_over(const Feed& feed, const TableShape& table);

bool has_rows(Session& session, const std::string& table);

// PostgreSQL: an identity that accepts values.
std::string set_by_default_sql(std::string_view table, std::string_view column);

}  // namespace longshore::store
