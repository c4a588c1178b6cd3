// What a session and its transactions begin with: time zone, formats, time-outs, isolation level and access mode.
#pragma once

#include "store/store.hpp"

#include <string>
#include <string_view>

namespace longshore::store::postgres {

// Statements for a new connection.
std::string session_settings_sql(Access access);
// Until the end of a transaction: a statement may take as long as it needs.
inline constexpr auto k_no_statement_timeout = "set local statement_timeout = 0";
// "begin …": a transaction with the settings that must not depend on the session. `schema`: Target::schema.
std::string begin_sql(Access access, std::string_view schema);
// The same at the isolation level REPEATABLE READ, read write.
std::string begin_snapshot_sql(std::string_view schema);
// The same settings for a statement outside a transaction: "set transaction …; set local …", to be sent in front of it
// in one message, which the server runs as one transaction.
std::string message_settings_sql(Access access, std::string_view schema);

}  // namespace longshore::store::postgres
