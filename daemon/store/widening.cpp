#include "store/widening.hpp"

#include "feed/cell.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace longshore::store {
namespace {

struct Widening {
  Type from;
  Type to;
  const char* conversion;  // of the column {}, on PostgreSQL; "": PostgreSQL has one
};

// Not from a whole number to double: an integer and an equal double have different hashes.
constexpr Widening k_widenings[] = {
    {Type::integer, Type::bigint, ""},
    {Type::integer, Type::numeric, ""},
    {Type::bigint, Type::numeric, ""},
    {Type::numeric, Type::numeric, ""},
    {Type::date, Type::timestamp, " using {}::timestamp at time zone 'UTC'"},
};

// Whether every number of the one type has the same value in the other.
bool has_more_digits(ColumnType from, ColumnType to) {
  if (to.precision == 0 || from.precision == 0)
    return to.precision == 0;
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}

const Widening* find(ColumnType from, ColumnType to) {
  if (from.array || to.array || (from.type == Type::numeric && to.type == Type::numeric && !has_more_digits(from, to)))
    return nullptr;
  const auto found = std::ranges::find_if(
      k_widenings, [&](const Widening& known) { return known.from == from.type && known.to == to.type; });
  return found == std::end(k_widenings) ? nullptr : found;
}

}  // namespace

std::string widening_sql(const TableShape& table, const TableColumn& column, std::string_view from) {
  const auto there = column_type_named(from);  // not the server's own types
  const Widening* const widening = there ? find(*there, column.type) : nullptr;
  if (!widening)
    return {};
  const std::string name = sql_name(column.name);
  return fmt::format("alter table {} alter column {} type {}{};", sql_name(table.name), name,
                     column_type_sql(Engine::postgres, column.type),
                     fmt::format(fmt::runtime(widening->conversion), name));
}

bool is_stored_wider(std::string_view from, ColumnType to) {
  const auto there = column_type_named(from);
  if (!there || !find(*there, to))
    return false;
  return to.type == Type::bigint || (there->type == to.type && there->precision > 0 && there->scale == to.scale);
}

}  // namespace longshore::store
