// COPY in its text form, for rows of Values: what the ledger is told of many files at once. Windows of a feed go in binary (copy.hpp).
#pragma once

#include "store/postgres/connection.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <vector>

namespace longshore::store::postgres {

// All rows, or Error and none of them; then the transaction is aborted.
void copy_rows(Connection& connection, const std::string& table, const std::string& columns,
               std::span<const std::vector<Value>> rows);

}  // namespace longshore::store::postgres
