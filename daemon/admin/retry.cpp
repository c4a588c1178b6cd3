#include "admin/retry.hpp"

#include "base/text.hpp"
#include "ingest/archiving.hpp"
#include "spool/archive/archive_place.hpp"
#include "spool/archive/reason_file.hpp"
#include "spool/entries.hpp"
#include "spool/work/claims.hpp"
#include "store/verify_queries.hpp"

#include <algorithm>
#include <vector>

namespace longshore::admin {
namespace {

bool is_in_landing(const spool::Directories& directories, const store::KnownFile& file) {
  return spool::is_in_landing(directories.landing, unescape(file.file_name));
}

// For a row whose copy is not at its place. A retry that was killed, or lost its connection, may have returned the copy
// without a commit: then the row is changed now.
RetryResult retry_without_copy(store::Session& session, const spool::Archive& archive,
                               const spool::Directories& directories, const store::KnownFile& file, bool dry_run) {
  // twice: a claim that is adopted meanwhile is in neither of two instances when each is looked into
  const auto is_claimed = [&] {
    return !spool::instance_with(directories.work, file.claim, unescape(file.file_name)).empty();
  };
  if (is_claimed() || is_claimed())
    return {"gone", "it is still in its claim: the running daemon or its next start moves it to " + file.archive_path,
            false};
  // a second look: a daemon may have moved it from its claim since the first
  const bool is_returned =
      !archive.find(file.archive_path, file.claim) &&
      (is_in_landing(directories, file) || store::has_newer_arrival(session, file.file_name, file.file_id));
  if (!is_returned)
    return {"gone", "its archived copy does not exist: " + file.archive_path, false};
  if (!dry_run)
    store::change_archive_path(session, file.file_id, file.archive_path, "");
  return {"already done", "its copy left " + file.archive_path + ", and a file of its name came to landing since",
          true};
}

}  // namespace

RetryResult retry_file(store::Session& session, spool::Archive& archive, const spool::Directories& directories,
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

  if (!file.purged_at.empty())
    return {"gone",
            "its copy was purged on " + file.purged_at.substr(0, 10) +
                " (keep_failed): deliver the file again if there is another copy",
            false};

  // elsewhere a file of this name may be another one
  if (spool::ArchivePlace::parse(file.archive_path).claim != file.claim)
    return {"gone",
            "its place is not in the directory of its claim, so the file there may be another: " + file.archive_path,
            false};
  const auto place = archive.find(file.archive_path, file.claim);
  if (!place)
    return retry_without_copy(session, archive, directories, file, dry_run);
  const bool is_taken = is_in_landing(directories, file);
  if (dry_run && !is_taken)
    return {"would move", "from " + *place, true};

  // change the row first, and roll back if the move fails: a role that may not write the ledger must not move files
  session.begin();
  try {
    if (!store::change_archive_path(session, file.file_id, file.archive_path, "")) {
      session.rollback();
      return {"already done", "another process returned it to the landing directory, or purged it", true};
    }
    const auto done =
        is_taken ? spool::Returned::taken : archive.return_to_landing(*place, spool::reason_head(file.file_id));
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
    auto files = store::read_files(session, ids);
    std::ranges::reverse(files);
    std::ranges::for_each(files, visit);
    if (ids.size() < query.limit)
      return;
    query.before = ids.back();
  }
}

}  // namespace longshore::admin
