// Runs a script of a user: the server splits it into statements, so each has a result of its own.
#pragma once

#include "store/postgres/connection.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace longshore::store::postgres {

// Session::run_script. Rows arrive one by one, so a select of a large table needs no memory. COPY from or to the client
// is refused.
std::vector<StatementResult> run_script(Connection& connection, const std::string& script, std::size_t most_rows);

}  // namespace longshore::store::postgres
