// The database's clock, for what depends on age.
#pragma once

#include "store/store.hpp"

#include <cstdint>

namespace longshore::store {

// The present time of the database's server or, with SQLite, of this host; as in base/time.hpp.
std::int64_t server_time(Session& session);

}  // namespace longshore::store
