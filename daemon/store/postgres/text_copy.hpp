// COPY in text format, for rows of Values: the ledger rows of many files. Windows of a feed use the binary format
// (copy.hpp).
#pragma once

#include "store/postgres/connection.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <vector>

namespace longshore::store::postgres {

// Inserts all rows. On an error none is inserted and the transaction is aborted.
void copy_rows(Connection& connection, const std::string& table, const std::string& columns,
               std::span<const std::vector<Value>> rows);

}  // namespace longshore::store::postgres
