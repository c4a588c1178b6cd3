#include "store/widening.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <vector>

namespace longshore::store {
namespace {

struct Widening {
  std::string_view from;
  std::string_view to;  // or its beginning
  const char* conversion;  // of the column {}, on PostgreSQL; "": PostgreSQL has one
};

constexpr Widening k_widenings[] = {
    {"integer", "bigint", ""},
    {"integer", "numeric", ""},
    {"integer", "double", ""},
    {"bigint", "numeric", ""},
    {"date", "timestamp", " using {}::timestamp at time zone 'UTC'"},
};

const Widening* find(std::string_view from, std::string_view to) {
  const auto found = std::ranges::find_if(
      k_widenings, [&](const Widening& widening) { return from == widening.from && to.starts_with(widening.to); });
  return found == std::end(k_widenings) ? nullptr : found;
}

// SQLite cannot change the type of a column, so the table is copied. Only for a table without columns of the user.
std::string copy_sql(const TableShape& table, const std::map<std::string, std::string>& found) {
  std::vector<std::string> columns;
  for (const TableColumn& column : table.columns)
    if (found.contains(column.name))
      columns.push_back(column.name);
  if (columns.size() != found.size())
    return {};
  TableShape copy = table;
  copy.name = table.name + "_copy";
  std::string create = create_table_sql(Engine::sqlite, copy);
  std::ranges::replace(create, '\n', ' ');
  return fmt::format("pragma legacy_alter_table = on; begin immediate; {0}insert into {1} ({2}) select {2} from {3}; drop "
                     "table {3}; alter table {1} rename to {3}; commit;",
                     create, sql_name(copy.name), sql_names(columns), sql_name(table.name));
}

}  // namespace

std::string widening_sql(Engine engine, const TableShape& table, const TableColumn& column,
                         const std::map<std::string, std::string>& found) {
  const std::string& from = found.at(column.name);
  const Widening* const widening = find(from.substr(0, from.find(' ')), stored_as(engine, column.type));
  if (!widening)
    return {};
  if (engine == Engine::sqlite)
    return copy_sql(table, found);
  const std::string name = sql_name(column.name);
  return fmt::format("alter table {} alter column {} type {}{};", sql_name(table.name), name,
                     column_type_sql(engine, column.type), fmt::format(fmt::runtime(widening->conversion), name));
}

}  // namespace longshore::store
