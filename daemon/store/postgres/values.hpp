// Converts parameters and results of control statements between PostgreSQL's text format and store::Value. Results have
// the same form as on SQLite: booleans as 0 and 1, times as canonical UTC text, arrays as JSON.
#pragma once

#include "store/store.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <string>
#include <vector>

namespace longshore::store::postgres {

std::vector<std::optional<std::string>> texts_of(Params params);
Rows rows_of(const pqxx::result& result);
// A value that is not null, and no array.
Value scalar_of(std::string text, pqxx::oid type);

}  // namespace longshore::store::postgres
