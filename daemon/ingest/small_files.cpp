#include "ingest/small_files.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "ingest/begin_load.hpp"
#include "ingest/read_document.hpp"
#include "ingest/tracked_source.hpp"
#include "ingest/writer_wait.hpp"

#include <algorithm>
#include <future>

namespace longshore::ingest {
namespace {

struct WindowFull {};

// Adds the rows of one file to the window of its feed, which the batch shares. Throws WindowFull if they do not fit.
class WindowSink : public decode::Sink {
 public:
  WindowSink(RowBatch& window, std::vector<Reject>& rejects, std::size_t limit)
      : m_window(window), m_rejects(rejects), m_limit(limit) {}

  RowBatch& window() override { return m_window; }
  void row_added() override {
    if (m_window.bytes() > m_limit)
      throw WindowFull{};
  }
  void reject(Reject reject) override { m_rejects.push_back(std::move(reject)); }

 private:
  RowBatch& m_window;
  std::vector<Reject>& m_rejects;
  std::size_t m_limit;
};

// The file's rows go into the tables together with its ledger row.
bool has_rows(const File& file) {
  return file.state == FileState::read &&
         (file.row.status == store::Status::loaded || file.row.status == store::Status::partial);
}

// Throws contention if the file's size or time changed since it was opened: the bytes may be from two versions.
// The buffer has room for one byte more than the file, so that its end needs no second read.
void read_whole(const Fd& fd, const File& file, std::string& content) {
  content.resize(file.entry.size + 1);
  std::size_t length = 0;
  while (length < file.entry.size)
    if (const std::size_t n =
            read_some(fd.get(), {content.data() + length, content.size() - length}, file.row.file_name))
      length += n;
    else
      break;
  content.resize(length);
  const auto now = spool::candidate_of(file.entry.name, stat_of(fd.get(), file.row.file_name));
  if (length != file.entry.size || !is_unchanged(now, file.entry))
    throw Error{Fault::contention, file.row.file_name + " changed while it was read"};
}

// They have no outcome in this attempt.
bool leaves(const File& file) {
  return file.state == FileState::outgrown || file.state == FileState::ahead || file.state == FileState::open;
}

std::vector<File> take_leavers(Job& job) {
  const auto first =
      std::stable_partition(job.files.begin(), job.files.end(), [](const File& f) { return !leaves(f); });
  std::vector<File> leavers{std::make_move_iterator(first), std::make_move_iterator(job.files.end())};
  job.files.erase(first, job.files.end());
  return leavers;
}

}  // namespace

std::vector<File> SmallFiles::load(Job& job, store::Session& session) {
  // in parallel with the decoding and the server's work; without a free thread, the commit does it
  const auto durable = std::async([&] { m_context.workspace.make_durable(job.claim); });
  read(job, session);
  if (job.files.size() == 1 && session.engine() == store::Engine::postgres) {
    decode(job);
    if (commit_lone(job, session))
      return {};
  }
  find_known(job, session);
  decode(job);
  if (!std::ranges::all_of(job.files, leaves))
    commit(job, session);
  return take_leavers(job);
}

// ---- reading

void SmallFiles::read(Job& job, store::Session& session) {
  m_contents.assign(job.files.size(), {});
  for (auto& [feed, window] : m_windows)
    window.clear();
  for (std::size_t i = 0; i < job.files.size(); ++i) {
    File& file = job.files[i];
    if (is_outcome_fixed(file))
      continue;
    begin_attempt(file, job.claim.id, 1 + job.failures.total(), m_context.workspace.instance());
    if (file.feed)
      file.horizon = m_context.horizons.of(*file.feed);
    read_one(job, file, m_contents[i], session);
  }
}

void SmallFiles::read_one(const Job& job, File& file, std::string& content, store::Session& session) {
  struct stat st {};
  const Fd fd = m_context.workspace.open_if_there(job.claim, file.entry.name, st);
  if (!fd)
    return set_missing(file);
  set_size_and_time(file, st);
  if (must_wait_for_writer(job, file, fd, m_context, session))
    return set_open(file);
  read_whole(fd, file, content);
  file.row.sha256 = Sha256::of(content);
}

// Files whose content was loaded before are not decoded. A lone file may be decoded already.
void SmallFiles::find_known(Job& job, store::Session& session) {
  const auto may_be_known = [](const File& file) {
    return file.state == FileState::unread || file.state == FileState::read;
  };
  std::map<const Feed*, std::vector<store::Content>> wanted;
  for (const File& file : job.files)
    if (may_be_known(file))
      wanted[file.feed].push_back(file.row.content());
  store::Ledger ledger{session};
  for (const auto& [feed, contents] : wanted) {
    const auto known = ledger.find_contents(feed->name, contents);
    for (File& file : job.files)
      if (const auto holder = known.find(file.row.content());
          file.feed == feed && may_be_known(file) && holder != known.end())
        set_duplicate(file, holder->second.file_id);
  }
}

void SmallFiles::decode(Job& job) {
  for (std::size_t i = 0; i < job.files.size(); ++i)
    if (job.files[i].state == FileState::unread)
      decode_one(job, job.files[i], static_cast<std::uint32_t>(i));
}

void SmallFiles::decode_one(const Job& job, File& file, std::uint32_t number) {
  RowBatch& rows = window(*file.feed);
  const std::size_t before = rows.size();
  crash_point("before_decode", file.entry.name);
  WindowSink sink{rows, file.rejects, m_context.config.window_bytes};
  decode::MemorySource raw{m_contents[number]};
  TrackedSource source{raw, file.row, m_context};
  try {
    const ReadResult result =
        read_document(source, facts_of(file), m_context.config, decoder(*file.feed), sink, number);
    set_counts(file.row, result.decoded);
    if (is_mostly_ahead(result.decoded) && may_wait_for_clock(job, m_context.config)) {
      rows.truncate(before);
      if (!file.was_ahead)
        m_context.clock.file_waits(file.row.file_name);
      return set_ahead(file);
    }
    if (!result.bad_file) {
      require_complete(job.claim, file, result.decoded, m_context.config.grace);
      set_loaded(file, result.decoded);
      source.keep_count();
      return;
    }
    require_complete(job.claim, file, *result.bad_file, m_context.config.grace);
    set_failed(file, *result.bad_file);
  } catch (const WindowFull&) {
    set_outgrown(file);
  }
  rows.truncate(before);
}

// ---- the transaction

// The shorter path of a lone file: one exchange inserts its ledger row, one sends its rows. Returns false, without side
// effects, for a file that is known, has rejects, repeated rows or no rows, or whose feed has a latest table; also
// after a lost lock.
bool SmallFiles::commit_lone(Job& job, store::Session& session) {
  File& file = job.files[0];
  if (file.state != FileState::read || file.row.status != store::Status::loaded || file.feed->latest ||
      job.failures.locks_lost > 0)
    return false;
  RowBatch& rows = window(*file.feed);
  rows.sort();
  if (rows.size() == 0 || rows.has_repeats())
    return false;
  finish_row(file, job);
  crash_point("before_load");
  const auto begun = store::Ledger{session}.begin(file.row, rows, file.horizon);
  if (!begun.file_id)
    return false;
  file.file_id = *begun.file_id;
  crash_point("after_record");
  if (!begun.has_rows) {
    load_windows(job, {}, session);  // begin() has added the changes
    return true;
  }
  m_context.workspace.make_durable(job.claim);
  session.commit();
  job.committed = true;
  return true;
}

// Every transaction has the same order: ledger rows by hash, then facts and latest, feed by feed, then counts and
// changes.
void SmallFiles::commit(Job& job, store::Session& session) {
  store::Ledger ledger{session};
  for (File& file : job.files)
    if (is_to_be_recorded(file))
      finish_row(file, job);

  const auto order = job.failures.locks_lost > 0 ? store::LoadOrder::ordered : store::LoadOrder::straight;
  const store::TaskFeeds task_feeds = begin_load(job, order, m_context, session);
  if (job.failures.locks_lost > 0 && session.engine() == store::Engine::postgres)
    session.exec("set local lock_timeout = '200ms'");  // the first attempt waited up to 5 s: do not block the loader
  insert_ledger_rows(job, ledger);
  crash_point("after_record");
  load_windows(job, task_feeds, session);
}

void SmallFiles::insert_ledger_rows(Job& job, store::Ledger& ledger) {
  std::vector<File*> order;
  for (File& file : job.files)
    if (is_to_be_recorded(file))
      order.push_back(&file);
  std::ranges::stable_sort(order, {}, [](const File* file) { return std::string_view{file->row.sha256}; });

  std::vector<const store::LedgerRow*> rows;
  rows.reserve(order.size());
  for (const File* file : order)
    rows.push_back(&file->row);
  const auto ids = ledger.insert(rows);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (ids[i])
      order[i]->file_id = *ids[i];
  for (std::size_t i = 0; i < order.size(); ++i)
    if (!ids[i])
      resolve_conflict(*order[i], ledger);
}

// The ledger has a row already: of this arrival (the answer to a commit was lost, or the process crashed) or of this
// content.
void SmallFiles::resolve_conflict(File& file, store::Ledger& ledger) {
  if (const auto arrival = ledger.find_arrival(file.row.claim, file.row.file_name)) {
    file.file_id = arrival->file_id;
    if (arrival->status != store::Status::loading)
      set_recorded_before(file, *arrival);
    else if (is_outcome_fixed(file))  // an earlier attempt announced it as a large file
      finish_announced(file, ledger);
    else
      set_outgrown(file);
    return;
  }
  const auto holder = ledger.find_content(file.row.feed, file.row.content());
  if (!holder)
    throw Error{Fault::contention,
                "another transaction inserted the content of " + file.row.file_name + " and rolled back"};
  set_duplicate(file, holder->file_id);
  file.file_id = ledger.insert_one(file.row);
}

// The row that says `loading` gets the outcome here: as a large file it would be read again, which its outcome forbids.
void SmallFiles::finish_announced(File& file, store::Ledger& ledger) {
  if (!ledger.lock_loading(file.file_id, m_context.workspace.instance()))
    throw Error{Fault::contention, "the outcome of " + file.row.file_name + " was recorded by another process"};
  ledger.finish_loading(file.file_id, file.row);
}

// In the open transaction, after the ledger rows. Commits.
void SmallFiles::load_windows(Job& job, const store::TaskFeeds& task_feeds, store::Session& session) {
  store::Ledger ledger{session};
  std::vector<std::int64_t> ids;
  for (const File& file : job.files)
    ids.push_back(file.file_id);
  store::LoadCounts counts;
  counts.loaded.assign(job.files.size(), 0);
  for (auto& [feed, window] : m_windows) {
    window.keep_files([&](std::uint32_t file) { return has_rows(job.files[file]); });
    if (window.rows().empty())
      continue;
    window.sort();
    crash_point("before_load");
    session.load(window, ids, counts);
    session.finish_load(*feed, ids, counts);
  }

  std::vector<std::int64_t> recorded;
  for (std::size_t i = 0; i < job.files.size(); ++i) {
    File& file = job.files[i];
    if (!is_to_be_recorded(file))
      continue;
    recorded.push_back(file.file_id);
    if (has_rows(file) && file.row.rows_loaded != counts.loaded[i]) {
      file.row.rows_duplicate = file.row.rows_loaded - counts.loaded[i];
      file.row.rows_loaded = counts.loaded[i];
      ledger.set_counts(file.file_id, file.row.rows_loaded, file.row.rows_duplicate);
    }
    ledger.add_rejects(file.file_id, file.rejects);
  }
  ledger.add_overlaps(ids, counts);
  store::add_changes(session, task_feeds, recorded);
  m_context.workspace.make_durable(job.claim);
  session.commit();
  job.committed = true;
}

void SmallFiles::finish_row(File& file, const Job& job) {
  ingest::finish_row(file, job.claim, job.files.size(), m_archive);
}

decode::Decoder& SmallFiles::decoder(const Feed& feed) {
  return m_decoders.try_emplace(&feed, feed, limits_of(m_context.config)).first->second;
}

RowBatch& SmallFiles::window(const Feed& feed) { return m_windows.try_emplace(&feed, feed).first->second; }

}  // namespace longshore::ingest
