// The statements of housekeeping on archived files. They change only the columns that say where a copy is; status,
// counts and hash stay, so the content of a purged file is still known.
#pragma once

#include "store/ledger_query.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>

namespace longshore::store {

// Marks a file as purged. Returns false, and changes nothing, if the row is not as it was read: another place or size, a
// later load, grown, or purged already.
bool set_purged(Session& session, const KnownFile& file, const std::string& purged_at);
// Its copy is compressed, at another place. Returns false like set_purged().
bool set_packed(Session& session, const KnownFile& file, const std::string& place, std::uint64_t packed_bytes);

}  // namespace longshore::store
