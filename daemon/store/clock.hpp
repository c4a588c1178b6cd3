// The database's clock, for what depends on age.
#pragma once

#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace longshore::store {

// The present time of the database's server or, with SQLite, of this host; as in base/time.hpp.
std::int64_t server_time(Session& session);

// SQL for the present time of the same clock, plus `offset`, which may be negative: also in a long transaction the time
// of the statement. On SQLite in whole milliseconds.
std::string clock_sql(Engine engine, std::chrono::milliseconds offset = {});

// When the newest file of the ledger was begun that was begun before `time`; nothing if there is none.
std::optional<std::int64_t> newest_begin_before(Session& session, std::int64_t time);

}  // namespace longshore::store
