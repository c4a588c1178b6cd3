// The database's clock, for what depends on age.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <optional>

namespace longshore::store {

// The present time of the database's server or, with SQLite, of this host; as in base/time.hpp.
std::int64_t server_time(Session& session);

// When the newest file of the ledger was begun that was begun before `time`; nothing if there is none.
std::optional<std::int64_t> newest_begin_before(Session& session, std::int64_t time);

}  // namespace longshore::store
