#include "ingest/large_file.hpp"

#include "base/crash_point.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "ingest/outcome.hpp"
#include "ingest/read_document.hpp"
#include "ingest/row_stream.hpp"
#include "ingest/tracked_source.hpp"

namespace longshore::ingest {

void LargeFile::load(Job& job, store::Session& session) {
  File& file = job.files[0];
  store::Ledger ledger{session};
  m_context.workspace.make_durable(job.claim);
  if (!file.decided)
    begin_row(file, job, m_context);
  if (!announce(job, file, ledger)) {
    job.committed = true;
    return;
  }
  if (!file.decided && !spool::Workspace::look(job.claim, file.entry.name))
    make_gone(file);
  if (!file.decided) {
    const Fd fd = m_context.workspace.open(job.claim, file.entry.name);
    take_stat(file, fd);
    if (was_loaded_before(file, fd, ledger)) {
      file.decided = true;
    } else {
      try {
        stream(job, file, fd, session);
        return;
      } catch (const Error& error) {
        if (error.fault() != Fault::bad_file)
          throw;
        session.rollback();
        refuse_unfinished(job.claim, file, error, m_context.config.grace);
        // refused by the unique key of contents: somebody loaded the same bytes meanwhile
        const auto holder =
            file.row.sha256.empty() ? std::nullopt : ledger.find_content(file.row.feed, file.row.sha256);
        if (holder)
          make_duplicate(file, holder->file_id);
        else
          make_failed(file, error);
        file.decided = true;
      }
    }
  }
  session.begin();
  if (ledger.lock_loading(file.file_id, m_context.workspace.instance()))
    conclude(job, file, session);
  else
    throw Error{Fault::contention, file.row.file_name + " was settled by somebody else just now"};
}

// The row that says `loading`. False: this arrival has its outcome already, only the move is left.
bool LargeFile::announce(Job& job, File& file, store::Ledger& ledger) {
  const auto arrival = ledger.find_arrival(job.claim.id, file.row.file_name);
  if (arrival) {
    file.file_id = arrival->file_id;
    if (arrival->status == store::Status::loading)
      return true;
    take_outcome(file, *arrival);
    return false;
  }
  store::LedgerRow loading = file.row;
  loading.status = store::Status::loading;
  loading.sha256.clear();
  file.file_id = ledger.insert_one(loading);
  crash_point("after_announce");
  log::info("{}: {} loading, {} bytes", file.row.file_name, file.row.feed, file.row.size_bytes);
  return true;
}

// When a loaded file had the same size, its hash is worth a read of its own: a file dropped again costs that alone.
bool LargeFile::was_loaded_before(File& file, const Fd& fd, store::Ledger& ledger) {
  if (!ledger.has_size(file.row.feed, file.row.size_bytes))
    return false;
  decode::FileSource source{fd.get(), file.row.file_name};
  file.row.sha256 = source.finish();
  const auto holder = ledger.find_content(file.row.feed, file.row.sha256);
  if (!holder)
    return false;
  m_context.totals.bytes += source.bytes_read();
  make_duplicate(file, holder->file_id);
  return true;
}

void LargeFile::stream(Job& job, File& file, const Fd& fd, store::Session& session) {
  store::Ledger ledger{session};
  session.begin(job.locks_lost > 0 ? store::LoadOrder::ordered : store::LoadOrder::straight);
  if (!ledger.lock_loading(file.file_id, m_context.workspace.instance()))
    throw Error{Fault::contention, file.row.file_name + " was settled by somebody else just now"};

  decode::FileSource raw{fd.get(), file.row.file_name};
  TrackedSource watched{raw, file.row, m_context};
  crash_point("before_decode", file.entry.name);
  RowStream sink{
      session, *file.feed, {file.file_id}, m_context.config.window_bytes, file.rejects, job.claim, [&watched] {
        watched.get_on();
      }};
  file.row.sha256.clear();
  decode::Decoder decoder{*file.feed, limits_of(m_context.config)};
  const ReadResult result = read_document(watched, file.entry.name, m_context.config, decoder, sink, 0);
  take_counts(file.row, result.decoded);
  if (result.bad_file)
    throw *result.bad_file;
  file.row.sha256 = raw.finish();
  const store::LoadCounts counts = sink.finish();
  file.row.rows_duplicate = result.decoded.rows() - counts.loaded[0];
  file.row.rows_loaded = counts.loaded[0];
  make_loaded(file.row);
  ledger.add_overlaps({&file.file_id, 1}, counts);
  conclude(job, file, session);
  watched.keep();
}

// In the open transaction, with the row held: the outcome, and it stands.
void LargeFile::conclude(Job& job, File& file, store::Session& session) {
  store::Ledger ledger{session};
  end_row(file, job, m_archive);
  ledger.finish_loading(file.file_id, file.row);
  ledger.add_rejects(file.file_id, file.rejects);
  session.commit();
  job.committed = true;
}

}  // namespace longshore::ingest
