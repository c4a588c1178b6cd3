#include "ingest/large_file.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "ingest/begin_load.hpp"
#include "ingest/read_document.hpp"
#include "ingest/refused_record.hpp"
#include "ingest/row_stream.hpp"
#include "ingest/tracked_source.hpp"
#include "ingest/writer_wait.hpp"

#include <utility>

namespace longshore::ingest {

std::vector<File> LargeFile::load(Job& job, store::Session& session) {
  m_context.workspace.make_durable(job.claim);
  announce(job, session);
  if (job.committed)
    return {};
  if (job.files[0].state == FileState::open)
    return std::exchange(job.files, {});
  if (const Fd fd = examine(job, session))
    if (stream(job, fd, session))
      return {};
  commit(job, begin(job, store::LoadOrder::straight, session), session);
  return {};
}

// Writes the row that says `loading`, unless an earlier attempt did. If this arrival has its outcome already, the job
// is committed: only the move is left. No row is written for a file that waits for its writer.
void LargeFile::announce(Job& job, store::Session& session) {
  File& file = job.files[0];
  store::Ledger ledger{session};
  if (!is_outcome_fixed(file))
    begin_attempt(file, job.claim.id, 1 + job.failures.total(), m_context.workspace.instance());
  if (const auto arrival = ledger.find_arrival(job.claim.id, file.row.file_name)) {
    file.file_id = arrival->file_id;
    if (arrival->status != store::Status::loading) {
      set_recorded_before(file, *arrival);
      job.committed = true;
    }
    return;
  }
  if (!is_outcome_fixed(file) && has_writer(job, file, session))
    return set_open(file);
  store::LedgerRow loading = file.row;
  loading.status = store::Status::loading;
  loading.sha256.clear();
  file.file_id = ledger.insert_one(loading);
  crash_point("after_announce");
  log::info("{}: {} loading, {} bytes", file.row.file_name, file.row.feed, file.row.size_bytes);
}

bool LargeFile::has_writer(const Job& job, File& file, store::Session& session) {
  struct stat st {};
  const Fd fd = m_context.workspace.open_if_there(job.claim, file.entry.name, st);
  if (!fd)
    return false;
  set_size_and_time(file, st);
  return must_wait_for_writer(job, file, fd, m_context, session);
}

// Returns no descriptor if the outcome is known without decoding the file.
Fd LargeFile::examine(Job& job, store::Session& session) {
  File& file = job.files[0];
  if (is_outcome_fixed(file))
    return {};
  if (!spool::Workspace::look(job.claim, file.entry.name)) {
    set_missing(file);
    return {};
  }
  struct stat st {};
  Fd fd = m_context.workspace.open(job.claim, file.entry.name, st);
  set_size_and_time(file, st);
  return is_known(file, fd, session) ? Fd{} : std::move(fd);
}

// If a loaded file has the same size, the hash is computed first: then a second delivery of the same content costs only
// one read.
bool LargeFile::is_known(File& file, const Fd& fd, store::Session& session) {
  store::Ledger ledger{session};
  if (!ledger.has_size(file.row.feed, file.row.size_bytes))
    return false;
  decode::FileSource source{fd.get(), file.row.file_name};
  file.row.sha256 = source.finish();
  const auto holder = ledger.find_content(file.row.feed, file.row.content());
  if (!holder)
    return false;
  m_context.totals.bytes += source.bytes_read();
  set_duplicate(file, holder->file_id);
  fix_outcome(file);
  return true;
}

// Returns false if the file is bad, or if another transaction loaded the same bytes. The transaction is then rolled
// back, and `file.row` has the reason.
bool LargeFile::stream(Job& job, const Fd& fd, store::Session& session) {
  File& file = job.files[0];
  try {
    send_rows(job, fd, session);
    return true;
  } catch (const Error& error) {
    if (error.fault() != Fault::bad_file)
      throw;
    session.rollback();
    require_complete(job.claim, file, error, m_context.config.grace);
    // the ledger's unique key of contents gives a bad-file error too
    const auto holder =
        file.row.sha256.empty() ? std::nullopt : store::Ledger{session}.find_content(file.row.feed, file.row.content());
    if (holder)
      set_duplicate(file, holder->file_id);
    else if (store::is_refused_row(error))
      set_failed(file, name_refused_record(error, job.claim, file, m_context, session));
    else
      set_failed(file, error);
    fix_outcome(file);
    return false;
  }
}

void LargeFile::send_rows(Job& job, const Fd& fd, store::Session& session) {
  File& file = job.files[0];
  const auto order = job.failures.locks_lost > 0 ? store::LoadOrder::ordered : store::LoadOrder::straight;
  const store::TaskFeeds task_feeds = begin(job, order, session);
  decode::FileSource raw{fd.get(), file.row.file_name};
  TrackedSource source{raw, file.row, m_context};
  crash_point("before_decode", file.entry.name);
  RowStream sink{
      session, *file.feed, {file.file_id}, m_context.config.window_bytes, file.rejects, job.claim, [&source] {
        source.report_progress();
      }};
  file.row.sha256.clear();
  decode::Decoder decoder{*file.feed, limits_of(m_context.config)};
  ReadResult result;
  try {
    read_document(source, facts_of(file), m_context.config, decoder, sink, 0, result);
  } catch (const Error&) {
    set_counts(file.row, result.decoded);  // if this was the last attempt, its rejects are stored
    throw;
  }
  set_counts(file.row, result.decoded);
  if (is_mostly_ahead(result.decoded) && may_wait_for_clock(job, m_context.config)) {
    if (!file.was_ahead)
      m_context.clock.file_waits(file.row.file_name);
    set_ahead(file);
    throw mostly_ahead();
  }
  if (result.bad_file)
    throw *result.bad_file;
  require_complete(job.claim, file, result.decoded, m_context.config.grace);
  file.row.sha256 = raw.finish();
  const store::LoadCounts counts = sink.finish();
  file.row.rows_duplicate = result.decoded.rows() - counts.loaded[0];
  file.row.rows_loaded = counts.loaded[0];
  set_loaded(file, result.decoded);
  store::Ledger{session}.add_overlaps({&file.file_id, 1}, counts);
  commit(job, task_feeds, session);
  source.keep_count();
}

// Locks the row that says `loading`.
store::TaskFeeds LargeFile::begin(Job& job, store::LoadOrder order, store::Session& session) {
  store::TaskFeeds task_feeds = begin_load(job, order, m_context, session);
  const File& file = job.files[0];
  if (!store::Ledger{session}.lock_loading(file.file_id, m_context.workspace.instance()))
    throw Error{Fault::contention, "the outcome of " + file.row.file_name + " was recorded by another process"};
  return task_feeds;
}

void LargeFile::commit(Job& job, const store::TaskFeeds& task_feeds, store::Session& session) {
  File& file = job.files[0];
  store::Ledger ledger{session};
  finish_row(file, job.claim, job.files.size(), m_archive);
  ledger.finish_loading(file.file_id, file.row);
  ledger.add_rejects(file.file_id, file.rejects);
  store::add_changes(session, task_feeds, {&file.file_id, 1});
  session.commit();
  job.committed = true;
}

}  // namespace longshore::ingest
