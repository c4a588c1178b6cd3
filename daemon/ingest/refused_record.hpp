// Finds the record of a file that the database refuses. It costs one more load of the file up to that record, in
// transactions of one window that are rolled back, and is done only when the file has failed.
#pragma once

#include "base/error.hpp"
#include "ingest/context.hpp"
#include "ingest/file.hpp"
#include "spool/work/workspace.hpp"
#include "store/store.hpp"

namespace longshore::ingest {

// `refusal` is the error of the load (store::is_refused_row). Returns an error that names the first refused record, its
// place, and the rule. Returns `refusal` itself if no record of any window is refused, if the search fails, or if a stop
// that cannot wait interrupts it. No transaction may be open.
Error name_refused_record(const Error& refusal, const spool::Claim& claim, const File& file, Context& context,
                          store::Session& session);

}  // namespace longshore::ingest
