// What a database's catalog says of its tables, as text that is stable between runs and readable in a diff.
#pragma once

#include "store/store.hpp"

#include <map>
#include <string>

namespace longshore::test {

// Table or view -> its columns, keys, options and indexes, a line each.
std::map<std::string, std::string> catalog(store::Session& session);

}  // namespace longshore::test
