// Writes the rejected records of a file whole, from its archived copy, one per line: corrected and dropped into the
// landing directory they load. Changes nothing. The copy is read twice: for its SHA-256, then for the records.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "store/ledger_query.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace longshore::admin {

// Passes the text to `write` in pieces. A record that is not JSON is a line as it is. If the feed does not read records
// from the root, each record stands in an envelope of its own. Throws Error{fatal} with a hint: if the file has no
// rejects, if it failed for another reason, if the copy is missing or has changed, if the feed reads CSV or values
// outside the record, if the end of a record is not found, or if not all rejects are stored and today's declaration
// rejects another number of records.
void export_rejects(const config::Config& config, const Registry& registry, store::Session& session,
                    const store::KnownFile& file, const std::function<void(std::string_view)>& write);

}  // namespace longshore::admin
