#include "support/duckdb.hpp"

#include "support/places.hpp"
#include "support/script.hpp"

#include <doctest/doctest.h>

#include <filesystem>

namespace longshore::test {
namespace {

constexpr const char* k_package = "@duckdb/node-api@1.5.6-r.1";

DuckDb installed() {
  const std::string prefix = std::filesystem::path{program()}.parent_path() / "duckdb";
  const std::string modules = prefix + "/node_modules";
  const std::string require = "NODE_PATH='" + modules + "' node -e \"require('@duckdb/node-api')\"";
  const ScriptRun install = run_script("mkdir -p '" + prefix + "' && flock '" + prefix + "/lock' sh -c '" +
                                       "[ -d \"$0/node_modules/@duckdb/node-api\" ] || timeout 180 npm install "
                                       "--no-audit --no-fund --prefix \"$0\" " +
                                       k_package + "' '" + prefix + "'");
  if (install.exit != 0)
    return {"", "npm cannot install " + std::string{k_package} + ": " + install.output};
  if (const ScriptRun load = run_script(require); load.exit != 0)
    return {"", "node cannot load @duckdb/node-api: " + load.output};
  return {modules, ""};
}

}  // namespace

const DuckDb& duckdb() {
  static const DuckDb found = installed();
  return found;
}

std::string duckdb_rows(const std::string& directory, const std::string& sql) {
  const std::string script = "const { DuckDBInstance } = require(\"@duckdb/node-api\");"
                             "(async () => {"
                             "  const connection = await (await DuckDBInstance.create()).connect();"
                             "  const rows = await connection.runAndReadAll(process.argv[1]);"
                             "  process.stdout.write(JSON.stringify(rows.getRowObjectsJson()));"
                             "})();";
  std::string quoted = sql;
  for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 4)
    quoted.replace(at, 1, "'\\''");
  const ScriptRun run = run_script("cd '" + directory + "' && NODE_PATH='" + duckdb().modules + "' node -e '" + script +
                                   "' '" + quoted + "'");
  CHECK_MESSAGE(run.exit == 0, run.output);
  return run.output;
}

}  // namespace longshore::test
