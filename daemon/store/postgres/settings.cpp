#include "store/postgres/settings.hpp"

#include "store/schema_sql.hpp"

namespace longshore::store::postgres {
namespace {

struct Setting {
  const char* name;
  const char* value;
  bool in_each_transaction;
};

// The role, the database or the server may have other values. A pooler may run a transaction on a backend without the
// settings of our session: the time-outs are therefore repeated in each transaction.
constexpr Setting k_settings[] = {
    {"timezone", "UTC", false},
    {"datestyle", "ISO", false},
    {"extra_float_digits", "1", false},
    {"standard_conforming_strings", "on", false},
    {"client_min_messages", "warning", false},
    {"lock_timeout", "5s", true},
    {"statement_timeout", "10min", true},
    {"idle_in_transaction_session_timeout", "30min", false},
    {"client_connection_check_interval", "5s", false},
    {"jit", "off", false},
};

// Limits that a stricter setting of the user replaces. The keepalives (s) and tcp_user_timeout (ms) are those of the
// server. Without them it keeps the transaction of a lost client, and its locks, for half an hour.
constexpr auto k_limits = R"(
select set_config(name, ours, false)
from pg_settings
join (
  values
    ('tcp_keepalives_idle', '30'),
    ('tcp_keepalives_interval', '10'),
    ('tcp_keepalives_count', '3'),
    ('tcp_user_timeout', '30000')
) as wanted (name, ours) using (name)
where setting::bigint > ours::bigint or setting = '0';

select set_config('work_mem', '64MB', false)
from pg_settings
where name = 'work_mem' and setting::bigint < 65536;  -- kB
)";

// A role may have another isolation level or default_transaction_read_only.
std::string mode_sql(Access access) {
  return std::string{"isolation level read committed, "} + (access == Access::read_only ? "read only" : "read write");
}

// Of the search_path only this schema: what is missing in it must not be found elsewhere.
std::string local_sql(std::string_view schema) {
  std::string sql;
  if (!schema.empty())
    sql += "; set local search_path = " + sql_name(schema);
  for (const Setting& setting : k_settings)
    if (setting.in_each_transaction)
      sql += std::string{"; set local "} + setting.name + " = '" + setting.value + "'";
  return sql;
}

}  // namespace

std::string session_settings_sql(Access access) {
  std::string sql;
  for (const Setting& setting : k_settings)
    sql += std::string{"set "} + setting.name + " = '" + setting.value + "';\n";
  return sql + k_limits + "set session characteristics as transaction " + mode_sql(access);
}

std::string begin_sql(Access access, std::string_view schema) {
  return "begin " + mode_sql(access) + local_sql(schema);
}

// The settings need no snapshot, so the state that the transaction sees is that of its first other statement.
std::string begin_snapshot_sql(std::string_view schema) {
  return "begin isolation level repeatable read, read write" + local_sql(schema);
}

std::string message_settings_sql(Access access, std::string_view schema) {
  return "set transaction " + mode_sql(access) + local_sql(schema);
}

}  // namespace longshore::store::postgres
