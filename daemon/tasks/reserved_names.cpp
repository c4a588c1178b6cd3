#include "tasks/reserved_names.hpp"

#include "feed/reserved_names.hpp"

#include <algorithm>
#include <array>

namespace longshore::tasks {
namespace {

// The ledger in `after`. The others: housekeeping and reports are recorded under these words.
constexpr std::array<std::string_view, 15> k_tasks = {
    "ingest_log",      "purge_processed",    "purge_failed",    "purge_rows",   "thin_ledger",
    "purge_task_runs", "keep_processed",     "keep_failed",     "keep_ledger",  "keep_rows",
    "keep_task_runs",  "compress_processed", "make_partitions", "housekeeping", "report",
};

}  // namespace

bool is_reserved_task(std::string_view name) { return std::ranges::find(k_tasks, name) != k_tasks.end(); }

bool is_reserved_key(std::string_view name) {
  return name == "by_run" || name == "number" || name == "rowid" || (name != "file_id" && is_reserved_column(name));
}

}  // namespace longshore::tasks
