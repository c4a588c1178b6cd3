// DuckDB as the npm package @duckdb/node-api, installed into the build directory when a test first asks for it.
#pragma once

#include <string>

namespace longshore::test {

struct DuckDb {
  std::string modules;  // a value of NODE_PATH; "": not available
  std::string fault;    // why
};

// One answer for the whole process. Installs it at most once for all processes.
const DuckDb& duckdb();

// The rows of a query, as a JSON array of objects. Integers of 64 bits, times and decimals are texts. `directory` is
// the working directory.
std::string duckdb_rows(const std::string& directory, const std::string& sql);

}  // namespace longshore::test
