#include "feed/reserved_names.hpp"

#include <algorithm>
#include <array>

namespace longshore {
namespace {

constexpr std::array<std::string_view, 2> k_table_prefixes = {"ingest_", "sqlite_"};
constexpr std::array<std::string_view, 6> k_tables = {"longshore_migrations", "load_history",   "reject_summary",
                                                      "detections",           "detection_days", "vehicle_overview"};
// The columns that longshore adds, then the system columns of PostgreSQL.
constexpr std::array<std::string_view, 8> k_columns = {"record_hash", "file_id", "tableoid", "xmin",
                                                       "cmin",        "xmax",    "cmax",     "ctid"};

}  // namespace

bool is_reserved_table(std::string_view name) {
  return std::ranges::find(k_tables, name) != k_tables.end() ||
         std::ranges::any_of(k_table_prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_reserved_column(std::string_view name) { return std::ranges::find(k_columns, name) != k_columns.end(); }

std::string unused_column_name(std::string_view wanted, const std::function<bool(std::string_view)>& is_used) {
  std::string name{wanted.substr(0, k_longest_identifier)};
  for (std::size_t i = 2; is_reserved_column(name) || is_used(name); ++i) {
    const std::string number = "_" + std::to_string(i);
    name = std::string{wanted.substr(0, k_longest_identifier - number.size())} + number;
  }
  return name;
}

}  // namespace longshore
