// Parameters and results of control statements: text on the wire, store::Value on our side. A result looks as SQLite's
// does: booleans as 0 and 1, times as canonical UTC text, arrays as JSON.
#pragma once

#include "store/store.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <string>
#include <vector>

namespace longshore::store::postgres {

std::vector<std::optional<std::string>> texts_of(Params params);
Rows rows_of(const pqxx::result& result);

}  // namespace longshore::store::postgres
