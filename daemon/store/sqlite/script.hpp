// Runs a script of a user, statement by statement.
#pragma once

#include "store/store.hpp"

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace longshore::store::sqlite {

// Session::run_script. Adds a result for each statement to `results`. Throws SQLite::Exception. sqlite3_interrupt() ends
// only a statement that runs, so `is_interrupted` is looked at between two.
void run_script(SQLite::Database& database, const std::string& script, std::size_t most_rows,
                const std::atomic<bool>& is_interrupted, std::vector<StatementResult>& results);

}  // namespace longshore::store::sqlite
