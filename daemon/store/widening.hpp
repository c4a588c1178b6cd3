// A column whose declaration has a wider type: its rows keep their values and their record_hash.
#pragma once

#include "store/schema_sql.hpp"

#include <string>
#include <string_view>

namespace longshore::store {

// The SQL that an operator runs on PostgreSQL for a column that has the type `from`. longshore does not run it: it rewrites
// the table, and locks it meanwhile. "" if the declared type is not wider. SQLite cannot change the type of a column.
std::string widening_sql(const TableShape& table, const TableColumn& column, std::string_view from);

// True if SQLite stores the values of the wider type alike, so that nothing need be done. `from` is the word of a declaration.
bool is_stored_wider(std::string_view from, ColumnType to);

}  // namespace longshore::store
