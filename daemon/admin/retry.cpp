#include "admin/retry.hpp"

#include "admin/takeout.hpp"
#include "base/text.hpp"
#include "ingest/archiving.hpp"
#include "spool/entries.hpp"

#include <fcntl.h>

namespace longshore::admin {
namespace {

// A place is free again once its file was put back: then the next failed file of that name may have it.
std::int64_t holder_of(store::Session& session, const std::string& place) {
  const auto rows = session.exec("select max(file_id) from ingest_log where archive_path = $1", {place});
  return rows.empty() ? 0 : store::as_int(rows.rows[0][0]);
}

}  // namespace

Retried retry_file(store::Session& session, spool::Archive& archive, const std::string& landing,
                   const std::vector<store::Value>& row, bool dry_run) {
  const std::int64_t file_id = store::as_int(row[0]);
  const std::string name = store::as_text(row[1]);
  const std::string status = store::as_text(row[2]);
  const std::string known_place = store::as_text(row[4]);
  if (status != "failed")
    return {"not failed", "it is " + status + ": longshore replay loads an archived file again", false};
  if (known_place.empty())
    return store::as_text(row[5]) == ingest::k_missing
               ? Retried{"gone", "there is no copy of it: " + store::as_text(row[5]), false}
               : Retried{"before", "it was put back into the landing directory before", true};

  const auto place = archive.find(known_place, store::as_text(row[3]));
  if (!place)
    return {"gone", known_place + " is not there: somebody took it", false};
  if (const auto holder = holder_of(session, *place); holder > file_id)
    return {"gone", *place + " is file " + std::to_string(holder) + " now", false};
  const bool is_taken = spool::entry_stat(AT_FDCWD, landing + "/" + unescape(name)).has_value();
  if (dry_run && !is_taken)
    return {"would", "put back from " + *place, true};

  // the row first, and undone when the move fails: who may not write the ledger moves nothing
  session.begin();
  try {
    const bool is_first =
        session
            .exec("update ingest_log set archive_path = null where file_id = $1 and archive_path = $2",
                  {file_id, known_place})
            .affected == 1;
    if (!is_first) {
      session.rollback();
      return {"before", "it was put back into the landing directory just now", true};
    }
    const auto done =
        is_taken ? spool::Returned::taken : archive.return_to_landing(*place, ingest::reason_head(file_id));
    if (done == spool::Returned::done) {
      session.commit();
      return {"landing", "put back from " + *place, true};
    }
    session.rollback();
    return done == spool::Returned::taken
               ? Retried{"taken", "the landing directory has another file of this name; it stays in " + *place, false}
               : Retried{"gone", *place + " is not there: somebody took it", false};
  } catch (...) {
    session.rollback();
    throw;
  }
}

}  // namespace longshore::admin
