// Runs SQL that a user wrote, inside a transaction of longshore.
#pragma once

#include "base/error.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace longshore::store {

// The same error with the number of the statement in the script, from 1.
Error in_statement(const Error& error, std::size_t number);

// Session::run_script. Throws Error{fatal} if the script ended the transaction, also if it began another one: the
// caller rolls back.
std::vector<StatementResult> run_user_script(Session& session, const std::string& script, std::size_t most_rows);

}  // namespace longshore::store
