#include "ingest/archiving.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "spool/archive/reason_file.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

namespace longshore::ingest {
namespace {

std::string reason_text(const File& file) {
  std::string text = spool::reason_head(file.file_id) + "\n\n";
  text += "file:    " + file.row.file_name + "\n";
  text += "feed:    " + file.row.feed + "\n";
  text += "reason:  " + file.row.error + "\n";
  text += "size:    " + std::to_string(file.row.size_bytes) + " bytes\n";
  text += "sha256:  " + (file.row.sha256.empty() ? "unknown" : file.row.sha256) + "\n";
  text += "at:      " + format_time(file.row.finished_at) + "\n\n";
  text += "No row of it is in the database. Fix the file in this directory, then run: longshore retry " +
          std::to_string(file.file_id) + "\n";
  return text;
}

void count_file(const File& file, Context& context) {
  ++context.totals.files[static_cast<std::size_t>(file.row.status)];
}

void count_rows(const File& file, Context& context) {
  if (file.row.status == store::Status::failed)
    return;
  context.totals.rows += file.row.rows_loaded;
  context.totals.duplicates += file.row.rows_duplicate;
  context.totals.rejects += file.row.rows_rejected;
}

void log_outcome(const File& file) {
  const store::LedgerRow& row = file.row;
  const auto milliseconds = (row.finished_at - row.started_at) / 1000;
  switch (row.status) {
  case store::Status::failed:
    log::error("{}: failed: {}; kept as {}", row.file_name, row.error, row.archive_path);
    return;
  case store::Status::duplicate:
    log::info("{}: duplicate of file {}, nothing loaded", row.file_name, row.duplicate_of.value_or(0));
    return;
  default:
    log::info("{}: {} {}: {} rows, {} duplicates, {} rejects, {} ms", row.file_name, row.feed,
              store::status_name(row.status), row.rows_loaded, row.rows_duplicate, row.rows_rejected, milliseconds);
  }
}

// The ledger has the outcome, and the file is not in its claim: an operator took it out, or another process removed it.
void report_taken(const File& file, Context& context) {
  count_file(file, context);
  if (file.state == FileState::recorded_before) {
    log::info("{}: no longer in its claim; the ledger says {}: {}", file.row.file_name,
              store::status_name(file.row.status), file.row.error.empty() ? "no error" : file.row.error);
    return;
  }
  log::warn("{}: failed: {}", file.row.file_name, file.row.error);
  context.observer.file_finished(file.row, file.file_id);
}

// The ledger first, then memory. Until the database has confirmed the statement, the row may name either place. So
// `next_place` stays, and a retry writes the row again before anything is moved: the file never goes to a place that
// the row does not name.
void write_next_place(File& file, store::Session& session) {
  if (file.next_place.empty())
    return;
  crash_point("before_new_place");
  store::Ledger{session}.set_archive_path(file.file_id, file.next_place);
  crash_point("after_new_place");
  file.row.archive_path = std::exchange(file.next_place, {});
}

// For a row without a place: an operator released the file (admin/takeout.hpp), but has not moved it. Returns false if
// landing has another file with its name: then the row gets a place in failed/, and the caller moves the file there.
bool release(const Job& job, File& file, Context& context, spool::Archive& archive, store::Session& session) {
  if (file.next_place.empty() &&
      return_to_landing(job.claim, file.entry.name, context.directories.landing) != spool::Returned::taken) {
    log::info("{}: returned to the landing directory, as the operator requested", file.row.file_name);
    return true;
  }
  file.next_place = archive.choose(spool::Shelf::failed, job.claim, file.entry.name);
  write_next_place(file, session);
  return false;
}

// Returns false if another process has removed the file. The recorded outcome does not change.
bool move_if_present(const spool::Claim& claim, File& file, spool::Archive& archive, store::Session& session) {
  try {
    move_to_place(claim, file, archive, session);
    return true;
  } catch (const Error& error) {
    // a removed target directory gives ENOENT too
    if (error.code() != "ENOENT" || spool::Workspace::look(claim, file.entry.name))
      throw;
    log::error("{}: removed by another process after it was recorded as {}: {}", file.row.file_name,
               store::status_name(file.row.status), error.what());
    return false;
  }
}

void warn_if_changed(const spool::Claim& claim, File& file) {
  if (!has_changed(claim, file))
    return;
  file.may_grow = true;
  log::warn("{}: changed after it was read: its rows come from the {} bytes that it had then", file.row.file_name,
            file.row.size_bytes);
}

void report_outcome(const File& file, bool is_moved, Context& context) {
  count_file(file, context);
  if (file.state == FileState::recorded_before) {
    if (is_moved)
      log::info("{}: recorded before as {}: moved to {}", file.row.file_name, store::status_name(file.row.status),
                file.row.archive_path);
    return;
  }
  count_rows(file, context);
  if (is_moved)
    log_outcome(file);
  if (file.may_grow && file.row.status != store::Status::failed)
    context.growth.add(file.file_id, GrowthChecks::Clock::now() + context.config.grace);
  context.observer.file_finished(file.row, file.file_id);
}

void archive_one(const Job& job, File& file, Context& context, spool::Archive& archive, store::Session& session) {
  if (!is_to_be_archived(file)) {
    if (!spool::Workspace::look(job.claim, file.entry.name))
      return report_taken(file, context);
    if (file.row.archive_path.empty() && release(job, file, context, archive, session))
      return;
  }
  warn_if_changed(job.claim, file);
  report_outcome(file, move_if_present(job.claim, file, archive, session), context);
}

// The file may be moved together with the directory of its claim.
bool may_move_together(const Job& job, const File& file, const spool::Archive& archive) {
  return is_to_be_archived(file) && file.row.status != store::Status::failed &&
         file.row.archive_path == archive.aside(file.row.archive_path, job.claim);
}

}  // namespace

void move_to_place(const spool::Claim& claim, File& file, spool::Archive& archive, store::Session& session) {
  const auto move = [&] { return archive.move(claim, file.entry.name, file.row.archive_path, file.row.sha256); };
  write_next_place(file, session);
  // the reason is written first, so that a file in failed/ has one even after a crash
  if (file.row.status == store::Status::failed)
    archive.write_reason(claim, file.row.archive_path, reason_text(file));
  if (move())
    return;
  const std::string aside = archive.aside(file.row.archive_path, claim);
  if (aside != file.row.archive_path) {
    file.next_place = aside;
    write_next_place(file, session);
    if (move())
      return;
  }
  throw system_error(EEXIST, "move " + file.row.file_name + " to " + file.row.archive_path);
}

void archive(Job& job, Context& context, spool::Archive& archive, store::Session& session) {
  // files that may move together come last: nothing else may be in the claim's directory by then
  const auto together = std::stable_partition(job.files.begin(), job.files.end(),
                                              [&](const File& file) { return !may_move_together(job, file, archive); });
  const auto single = static_cast<std::size_t>(together - job.files.begin());
  std::size_t done = 0;
  const auto remove_done = [&] {
    job.files.erase(job.files.begin(), job.files.begin() + static_cast<std::ptrdiff_t>(done));
  };
  try {
    for (; done < single; ++done)
      archive_one(job, job.files[done], context, archive, session);
    std::set<std::string_view> names;
    for (auto file = together; file != job.files.end(); ++file) {
      warn_if_changed(job.claim, *file);
      names.insert(file->entry.name);
    }
    const bool are_moved = archive.move_together(job.claim, names);
    for (; done < job.files.size(); ++done) {
      File& file = job.files[done];
      report_outcome(file, are_moved || move_if_present(job.claim, file, archive, session), context);
    }
  } catch (const Error&) {
    remove_done();
    throw;
  }
  remove_done();
  archive.sync();
  crash_point("after_archive_sync");
  context.workspace.finish(job.claim);
}

}  // namespace longshore::ingest
