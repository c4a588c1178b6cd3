#include "admin/retry.hpp"

#include "admin/takeout.hpp"
#include "base/text.hpp"
#include "ingest/archiving.hpp"
#include "spool/entries.hpp"

#include <ranges>
#include <vector>

#include <fcntl.h>

namespace longshore::admin {

RetryResult retry_file(store::Session& session, spool::Archive& archive, const std::string& landing,
                       const store::KnownFile& file, bool dry_run) {
  if (file.status != store::Status::failed)
    return {"not failed",
            "it is " + std::string{store::status_name(file.status)} + ": longshore replay loads an archived file again",
            false};
  if (file.archive_path.empty())
    return file.error == ingest::k_missing
               ? RetryResult{"gone", "there is no copy of it: " + file.error, false}
               : RetryResult{"before", "it was put back into the landing directory before", true};

  const auto place = archive.find(file.archive_path, file.claim);
  if (!place)
    return {"gone", file.archive_path + " is not there: somebody took it", false};
  if (const auto owner = store::owner_of_place(session, *place); owner > file.file_id)
    return {"gone", *place + " is file " + std::to_string(owner) + " now", false};
  const bool is_taken = spool::entry_stat(AT_FDCWD, landing + "/" + unescape(file.file_name)).has_value();
  if (dry_run && !is_taken)
    return {"would", "put back from " + *place, true};

  // the row is changed first and rolled back if the move fails: without the right to write the ledger nothing moves
  session.begin();
  try {
    if (!store::change_archive_path(session, file.file_id, file.archive_path, "")) {
      session.rollback();
      return {"before", "it was put back into the landing directory just now", true};
    }
    const auto done =
        is_taken ? spool::Returned::taken : archive.return_to_landing(*place, ingest::reason_head(file.file_id));
    if (done == spool::Returned::done) {
      session.commit();
      return {"landing", "put back from " + *place, true};
    }
    session.rollback();
    return done == spool::Returned::taken
               ? RetryResult{"taken", "the landing directory has another file of this name; it stays in " + *place,
                             false}
               : RetryResult{"gone", *place + " is not there: somebody took it", false};
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
    for (const store::KnownFile& file : std::views::reverse(files))
      visit(file);
    if (ids.size() < query.limit)
      return;
    query.before = ids.back();
  }
}

}  // namespace longshore::admin
