#include "ingest/outcome.hpp"

#include "admin/takeout.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/source.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>

namespace longshore::ingest {
namespace {

void count(const File& file, Totals& totals) {
  ++totals.files[static_cast<std::size_t>(file.row.status)];
  if (file.row.status == store::Status::failed)
    return;
  totals.rows += file.row.rows_loaded;
  totals.duplicates += file.row.rows_duplicate;
  totals.rejects += file.row.rows_rejected;
}

void say(const File& file) {
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

// The ledger has the outcome of an arrival whose file is not where we had it, or is to go back to the landing directory: an
// operator's doing (by_hand.hpp). True: nothing is left to move.
bool is_taken_out(const Job& job, File& file, Context& context, spool::Archive& archive, store::Session& session) {
  const bool known = file.settled_before || file.gone;
  if (!known)
    return false;
  if (!spool::Workspace::look(job.claim, file.entry.name)) {
    if (file.settled_before)
      log::info("{}: no longer in its claim; the ledger says {}: {}", file.row.file_name,
                store::status_name(file.row.status), file.row.error.empty() ? "no error" : file.row.error);
    else
      log::warn("{}: {}", file.row.file_name, file.row.error);
    if (!file.settled_before)
      context.observer.file_finished(file.row, file.file_id);
    ++context.totals.files[static_cast<std::size_t>(file.row.status)];
    return true;
  }
  if (!file.row.archive_path.empty())
    return false;
  if (return_to_landing(job.claim, file.entry.name, context.directories.landing) != spool::Returned::taken) {
    log::info("{}: given back to the landing directory, as the operator asked", file.row.file_name);
    return true;
  }
  file.row.archive_path = archive.choose(spool::Shelf::failed, job.claim, file.entry.name);
  store::Ledger{session}.set_archive_path(file.file_id, file.row.archive_path);
  return false;
}

// Since it was read. A file that is gone has not.
bool has_changed(const spool::Claim& claim, const File& file) {
  const auto now = spool::Workspace::look(claim, file.entry.name);
  return now && !is_unchanged(*now, file.entry);
}

// False: somebody took it away, and there is nothing to be moved; its outcome stands.
bool move_unless_gone(const spool::Claim& claim, File& file, spool::Archive& archive, store::Session& session) {
  try {
    move_to_place(claim, file, archive, session);
    return true;
  } catch (const Error& error) {
    // also what is said when the directory that it is to go to was removed
    if (error.code() != "ENOENT" || spool::Workspace::look(claim, file.entry.name))
      throw;
    log::error("{}: somebody took it away after it was settled as {}: {}", file.row.file_name,
               store::status_name(file.row.status), error.what());
    return false;
  }
}

void tell_of_change(const spool::Claim& claim, const File& file) {
  if (has_changed(claim, file))
    log::warn("{}: written or touched after it was read: its rows are of the {} bytes that it had then",
              file.row.file_name, file.row.size_bytes);
}

void tell_settled(const File& file, bool is_moved, Context& context) {
  if (file.settled_before) {
    ++context.totals.files[static_cast<std::size_t>(file.row.status)];
    if (is_moved)
      log::info("{}: was settled before as {}: moved to {}", file.row.file_name, store::status_name(file.row.status),
                file.row.archive_path);
    return;
  }
  count(file, context.totals);
  if (is_moved)
    say(file);
  context.observer.file_finished(file.row, file.file_id);
}

void archive_one(const Job& job, File& file, Context& context, spool::Archive& archive, store::Session& session) {
  if (is_taken_out(job, file, context, archive, session))
    return;
  tell_of_change(job.claim, file);
  tell_settled(file, move_unless_gone(job.claim, file, archive, session), context);
}

// Whether nothing hinders it to go to its place with the whole directory of its claim.
bool may_go_together(const Job& job, const File& file, const spool::Archive& archive) {
  return !file.settled_before && !file.gone && file.row.status != store::Status::failed &&
         file.row.archive_path == archive.aside(file.row.archive_path, job.claim);
}

}  // namespace

std::string reason_head(std::int64_t file_id) {
  return "longshore did not load this file (file_id " + std::to_string(file_id) + " in ingest_log)";
}

std::string reason_text(const File& file) {
  std::string text = reason_head(file.file_id) + "\n\n";
  text += "file:    " + file.row.file_name + "\n";
  text += "feed:    " + file.row.feed + "\n";
  text += "reason:  " + file.row.error + "\n";
  text += "size:    " + std::to_string(file.row.size_bytes) + " bytes\n";
  text += "sha256:  " + (file.row.sha256.empty() ? "unknown" : file.row.sha256) + "\n";
  text += "at:      " + format_time(file.row.finished_at) + "\n\n";
  text += "No row of it is in the database. Mend it where it is, and bring it back by: longshore retry " +
          std::to_string(file.file_id) + "\n";
  return text;
}

std::string with_position(const Error& error) {
  std::string text = error.what();
  if (const auto& at = error.position())
    text += " (byte " + std::to_string(at->offset) + ", line " + std::to_string(at->line) + ", column " +
            std::to_string(at->column) + ")";
  return text;
}

void begin_row(File& file, const Job& job, const Context& context) {
  store::LedgerRow& row = file.row;
  row = {};
  row.claim = job.claim.id;
  row.file_name = escape(file.entry.name);
  row.feed = file.feed ? file.feed->name : "";
  row.size_bytes = file.entry.size;
  row.modified_at = micros_of(file.entry.mtime.tv_sec, file.entry.mtime.tv_nsec);
  row.attempt = 1 + job.refusals + job.locks_lost + job.losses + job.outages;
  row.started_at = now_micros();
  row.instance = context.workspace.instance();
  file.rejects.clear();
  file.settled_before = false;
}

void take_stat(File& file, const Fd& fd) { take_stat(file, stat_of(fd.get(), file.row.file_name)); }

void take_stat(File& file, const struct stat& st) {
  file.entry = spool::candidate_of(file.entry.name, st);
  file.row.size_bytes = file.entry.size;
  file.row.modified_at = micros_of(file.entry.mtime.tv_sec, file.entry.mtime.tv_nsec);
}

void take_outcome(File& file, const store::Arrival& arrival) {
  file.settled_before = true;
  file.row.status = arrival.status;
  file.row.archive_path = arrival.archive_path;
  file.row.error = arrival.error;
  file.row.sha256 = arrival.sha256;
  file.row.finished_at = arrival.finished_at;
}

void refuse_unfinished(const spool::Claim& claim, const File& file, const Error& error,
                       std::chrono::milliseconds grace) {
  if (has_changed(claim, file))
    throw Error{Fault::contention, file.row.file_name + " is still being written"};
  const std::chrono::microseconds age{now_micros() - file.row.modified_at};
  if (error.code() == decode::k_ends_early && age >= age.zero() && age < grace)
    throw Error{Fault::contention, file.row.file_name + " may still be written: " + error.what()};
}

void make_failed(File& file, const Error& error) {
  file.row.status = store::Status::failed;
  file.row.error = with_position(error);
  file.row.error_at = error.position();
  file.row.duplicate_of = {};
  file.row.rows_loaded = file.row.rows_duplicate = 0;
  file.row.first_time = file.row.last_time = {};
}

void take_counts(store::LedgerRow& row, const decode::Decoded& decoded) {
  row.records = decoded.records;
  row.rows_loaded = decoded.rows();
  row.rows_rejected = decoded.rejects;
  row.first_time = decoded.first_time;
  row.last_time = decoded.last_time;
}

void make_loaded(store::LedgerRow& row) {
  row.status = row.rows_rejected > 0 ? store::Status::partial : store::Status::loaded;
}

void make_duplicate(File& file, std::int64_t holder) {
  file.row.status = store::Status::duplicate;
  file.row.duplicate_of = holder;
  file.row.error = "the same content as file " + std::to_string(holder);
  file.row.error_at = {};
  file.row.records = file.row.rows_loaded = file.row.rows_duplicate = file.row.rows_rejected = 0;
  file.row.first_time = file.row.last_time = {};
  file.rejects.clear();
}

void make_gone(File& file) {
  make_failed(file, Error{Fault::bad_file, std::string{admin::k_taken_away}});
  file.decided = file.gone = true;
}

void end_row(File& file, const Job& job, const spool::Archive& archive) {
  const auto shelf = file.row.status == store::Status::failed ? spool::Shelf::failed : spool::Shelf::processed;
  file.row.archive_path = file.gone ? "" : archive.choose(shelf, job.claim, file.entry.name, job.files.size());
  file.row.finished_at = now_micros();
}

void move_to_place(const spool::Claim& claim, File& file, spool::Archive& archive, store::Session& session) {
  const auto move = [&] { return archive.move(claim, file.entry.name, file.row.archive_path, file.row.sha256); };
  // the reason first: a file in failed/ always has one, wherever the process dies
  const bool failed = file.row.status == store::Status::failed;
  if (failed)
    archive.write_reason(file.row.archive_path, reason_text(file));
  if (move())
    return;
  if (failed)
    archive.remove_reason(file.row.archive_path, reason_text(file));
  file.row.archive_path = archive.aside(file.row.archive_path, claim);
  store::Ledger{session}.set_archive_path(file.file_id, file.row.archive_path);
  if (failed)
    archive.write_reason(file.row.archive_path, reason_text(file));
  if (!move())
    throw system_error(EEXIST, "move " + file.row.file_name + " to " + file.row.archive_path);
}

void archive(Job& job, Context& context, spool::Archive& archive, store::Session& session) {
  // last those that may go together: nothing else must be in the claim then
  const auto together =
      std::ranges::stable_partition(job.files, [&](const File& file) { return !may_go_together(job, file, archive); });
  const std::size_t single = job.files.size() - together.size();
  std::size_t done = 0;
  const auto forget_done = [&] {
    job.files.erase(job.files.begin(), job.files.begin() + static_cast<std::ptrdiff_t>(done));
  };
  try {
    for (; done < single; ++done)
      archive_one(job, job.files[done], context, archive, session);
    std::set<std::string_view> names;
    for (const File& file : together) {
      tell_of_change(job.claim, file);
      names.insert(file.entry.name);
    }
    const bool are_moved = archive.move_together(job.claim, names);
    for (; done < job.files.size(); ++done) {
      File& file = job.files[done];
      tell_settled(file, are_moved || move_unless_gone(job.claim, file, archive, session), context);
    }
  } catch (const Error&) {
    forget_done();
    throw;
  }
  forget_done();
  archive.sync();
  crash_point("after_archive_sync");
  context.workspace.finish(job.claim);
}

}  // namespace longshore::ingest
