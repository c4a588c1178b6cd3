// The SQL that an operator runs for a column whose declaration has a wider type. longshore does not run it: it rewrites
// the table, and locks it meanwhile.
#pragma once

#include "store/schema_sql.hpp"

#include <map>
#include <string>

namespace longshore::store {

// `found` has the table's columns as Session::table_columns() returns them. "" if the declared type is not wider.
std::string widening_sql(Engine engine, const TableShape& table, const TableColumn& column,
                         const std::map<std::string, std::string>& found);

}  // namespace longshore::store
