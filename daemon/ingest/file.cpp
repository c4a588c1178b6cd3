#include "ingest/file.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/file_cells.hpp"
#include "decode/source.hpp"
#include "spool/work/claim_id.hpp"

namespace longshore::ingest {

void begin_attempt(File& file, const std::string& claim_id, unsigned attempt, const std::string& instance) {
  store::LedgerRow& row = file.row;
  row = {};
  row.claim = claim_id;
  row.claimed_at = spool::claim_time(claim_id);
  row.file_name = escape(file.entry.name);
  row.feed = file.feed ? file.feed->name : "";
  row.name_values = file.feed ? decode::name_values(*file.feed, file.entry.name) : "";
  row.size_bytes = file.entry.size;
  row.modified_at = micros_of(file.entry.mtime.tv_sec, file.entry.mtime.tv_nsec);
  row.attempt = attempt;
  row.started_at = now_micros();
  row.instance = instance;
  if (file.was_ahead)
    row.claimed_at = row.started_at;
  file.rejects.clear();
  file.unread.clear();
  file.horizon = k_no_horizon;
  file.state = FileState::unread;
}

void set_loaded(File& file, const decode::Decoded& decoded) {
  file.unread = decoded.unread;
  file.row.status = loaded_status(file.row);
  file.state = FileState::read;
}

void set_failed(File& file, const Error& error) {
  file.row.status = store::Status::failed;
  file.row.error = error_text(error);
  file.row.error_at = error.position();
  file.row.duplicate_of = {};
  file.row.rows_loaded = file.row.rows_duplicate = 0;
  file.row.first_time = file.row.last_time = {};
  file.unread.clear();
  file.state = FileState::read;
}

void set_duplicate(File& file, std::int64_t holder) {
  file.row.status = store::Status::duplicate;
  file.row.duplicate_of = holder;
  file.row.error = "the same content as file " + std::to_string(holder);
  file.row.error_at = {};
  file.row.records = file.row.rows_loaded = file.row.rows_duplicate = file.row.rows_rejected = 0;
  file.row.first_time = file.row.last_time = {};
  file.rejects.clear();
  file.unread.clear();
  file.state = FileState::read;
}

void fix_outcome(File& file) { file.state = FileState::outcome_fixed; }

void set_missing(File& file) {
  set_failed(file, Error{Fault::bad_file, std::string{k_missing}});
  file.state = FileState::missing;
}

void set_recorded_before(File& file, const store::Arrival& arrival) {
  file.row.status = arrival.status;
  file.row.archive_path = arrival.archive_path;
  file.row.error = arrival.error;
  file.row.sha256 = arrival.sha256;
  file.row.finished_at = arrival.finished_at;
  file.unread.clear();
  file.state = FileState::recorded_before;
}

void set_outgrown(File& file) { file.state = FileState::outgrown; }

void set_ahead(File& file) {
  file.rejects.clear();  // it may wait for an hour
  file.state = FileState::ahead;
  file.was_ahead = true;
}

void set_open(File& file) { file.state = FileState::open; }

void set_size_and_time(File& file, const struct stat& st) {
  file.entry = spool::candidate_of(file.entry.name, st);
  file.row.size_bytes = file.entry.size;
  file.row.modified_at = micros_of(file.entry.mtime.tv_sec, file.entry.mtime.tv_nsec);
}

void set_counts(store::LedgerRow& row, const decode::Decoded& decoded) {
  row.records = decoded.records;
  row.rows_loaded = decoded.rows();
  row.rows_rejected = decoded.rejects;
  row.first_time = decoded.first_time;
  row.last_time = decoded.last_time;
}

decode::FileFacts facts_of(const File& file) {
  return {file.entry.name, file.row.claimed_at.value_or(k_any_future), file.horizon};
}

store::Status loaded_status(const store::LedgerRow& row) {
  return row.rows_rejected > 0 ? store::Status::partial : store::Status::loaded;
}

void finish_row(File& file, const spool::Claim& claim, std::size_t files, const spool::Archive& archive) {
  const auto shelf = file.row.status == store::Status::failed ? spool::Shelf::failed : spool::Shelf::processed;
  file.row.archive_path = file.state == FileState::missing ? "" : archive.choose(shelf, claim, file.entry.name, files);
  file.row.finished_at = now_micros();
}

std::string error_text(const Error& error) {
  std::string text = error.what();
  if (const auto& at = error.position())
    text += " (byte " + std::to_string(at->offset) + ", line " + std::to_string(at->line) + ", column " +
            std::to_string(at->column) + ")";
  if (!error.hint().empty())
    text += "; hint: " + error.hint();
  return text;
}

bool has_changed(const spool::Claim& claim, const File& file) {
  const auto now = spool::Workspace::look(claim, file.entry.name);
  return now && !is_unchanged(*now, file.entry);
}

void require_complete(const spool::Claim& claim, const File& file, const Error& error,
                      std::chrono::milliseconds grace) {
  if (has_changed(claim, file))
    throw Error{Fault::contention, file.row.file_name + " is still being written"};
  const std::chrono::microseconds age{now_micros() - file.row.modified_at};
  if (error.code() == decode::k_ends_early && age >= age.zero() && age < grace)
    throw Error{Fault::contention, file.row.file_name + " may still be written: " + error.what()};
}

void require_complete(const spool::Claim& claim, const File& file, const decode::Decoded& decoded,
                      std::chrono::milliseconds grace) {
  if (decoded.ends_early)
    require_complete(claim, file, Error(Fault::bad_file, "its last record has no end").with_code(decode::k_ends_early),
                     grace);
}

}  // namespace longshore::ingest
