// A claimed file that a process has open for writing is not read. It goes back to the landing directory and waits there
// for its writer. If landing has another file of its name by then, it waits in its claim. A file whose arrival the
// ledger has stays: its outcome is known, or it was announced and its writer waits no longer.
#pragma once

#include "base/fd.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "store/store.hpp"

#include <chrono>

namespace longshore::ingest {

// Between two looks at a file that waits in its claim.
inline constexpr std::chrono::seconds k_writer_pause{5};

// Whether the file has an open writer, and must wait for it. `fd` is the open file. Sets File::may_grow of a file that
// is loaded although it has, or may have, an open writer. Throws what the ledger throws.
bool must_wait_for_writer(const Job& job, File& file, const Fd& fd, Context& context, store::Session& session);

// Moves a file in the state `open` back to landing. Returns false if it must wait in its claim.
bool return_to_writer(const spool::Claim& claim, const File& file, Context& context);

}  // namespace longshore::ingest
