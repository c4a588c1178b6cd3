// The tables in a database's catalog, as text that is the same in each run and readable in a diff.
#pragma once

#include "store/store.hpp"

#include <map>
#include <string>

namespace longshore::test {

// Table or view -> its columns, keys, options and indexes, one line each.
std::map<std::string, std::string> catalog(store::Session& session);

}  // namespace longshore::test
