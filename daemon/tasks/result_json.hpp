// The result of a run as JSON.
#pragma once

#include "store/store.hpp"

#include <span>
#include <string>

namespace longshore::tasks {

// If the last statement returns rows: an array of objects, of at most 64 KiB. Else {"rows":[12,40]}: the rows that each
// statement inserted, updated or deleted.
std::string result_json(std::span<const store::StatementResult> statements);

}  // namespace longshore::tasks
