#include "admin/retry.hpp"

#include "base/text.hpp"
#include "ingest/archiving.hpp"
#include "spool/entries.hpp"

#include <vector>

#include <fcntl.h>

namespace longshore::admin {

RetryResult retry_file(store::Session& session, spool::Archive& archive, const std::string& landing,
                       const store::KnownFile& file, bool dry_run) {
  if (file.status != store::Status::failed)
    return {"not failed",
            "its status is " + std::string{store::status_name(file.status)} +
                "; to load an archived file again: longshore replay",
            false};
  if (file.archive_path.empty())
    return file.error == ingest::k_missing
               ? RetryResult{"gone", "no copy exists: " + file.error, false}
               : RetryResult{"already done", "an earlier retry returned it to the landing directory", true};

  const auto place = archive.find(file.archive_path, file.claim);
  if (!place)
    return {"gone", "its archived copy does not exist: " + file.archive_path, false};
  if (const auto owner = store::owner_of_place(session, *place); owner > file.file_id)
    return {"gone", "the copy at its place belongs to file " + std::to_string(owner) + ": " + *place, false};
  const bool is_taken = spool::entry_stat(AT_FDCWD, landing + "/" + unescape(file.file_name)).has_value();
  if (dry_run && !is_taken)
    return {"would move", "from " + *place, true};

  // change the row first, and roll back if the move fails: a role that may not write the ledger must not move files
  session.begin();
  try {
    if (!store::change_archive_path(session, file.file_id, file.archive_path, "")) {
      session.rollback();
      return {"already done", "another process returned it to the landing directory", true};
    }
    const auto done =
        is_taken ? spool::Returned::taken : archive.return_to_landing(*place, ingest::reason_head(file.file_id));
    if (done == spool::Returned::done) {
      session.commit();
      return {"landing", "returned from " + *place, true};
    }
    session.rollback();
    return done == spool::Returned::taken
               ? RetryResult{"taken",
                             "the landing directory has another file of this name; this one stays in " + *place, false}
               : RetryResult{"gone", "its archived copy does not exist: " + *place, false};
  } catch (...) {
    session.rollback();
    throw;
  }
}

void for_each_failed(store::Session& session, store::LedgerQuery query,
                     const std::function<void(const store::KnownFile&)>& visit) {
  query.status = "failed";
  query.is_archived = true;
  query.limit = 1000;
  for (;;) {
    std::vector<std::int64_t> ids;
    for (const auto& row : store::read_ledger(session, query, "file_id, file_name").rows)
      ids.push_back(store::as_int(row[0]));
    const auto files = store::read_files(session, ids);
    for (auto file = files.rbegin(); file != files.rend(); ++file)
      visit(*file);
    if (ids.size() < query.limit)
      return;
    query.before = ids.back();
  }
}

}  // namespace longshore::admin
