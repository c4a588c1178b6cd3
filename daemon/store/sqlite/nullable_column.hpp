// Drops NOT NULL from a column of SQLite. SQLite has no statement for it; its documentation allows to edit the text of
// the table in sqlite_schema, because the stored rows stay valid.
#pragma once

#include "store/store.hpp"

#include <string>
#include <string_view>

namespace longshore::store::sqlite {

// A "create table" statement without the NOT NULL of this column; unchanged if it has none.
std::string without_not_null(std::string_view create_table, std::string_view column);

// In a transaction. Throws Error{fatal, Exit::config} if the text of the table is not understood.
void make_nullable(Session& session, const std::string& table, const std::string& column);

}  // namespace longshore::store::sqlite
