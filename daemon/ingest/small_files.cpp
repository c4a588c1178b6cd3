#include "ingest/small_files.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "decode/decode.hpp"
#include "ingest/outcome.hpp"
#include "ingest/read_document.hpp"
#include "ingest/tracked_source.hpp"

#include <algorithm>
#include <future>

namespace longshore::ingest {
namespace {

struct Outgrown {};

// Rows of one file into the window of its feed, which the batch shares. What makes that more than a window is streamed by itself.
class WindowSink : public decode::Sink {
 public:
  WindowSink(RowBatch& window, std::vector<Reject>& rejects, std::size_t limit)
      : m_window(window), m_rejects(rejects), m_limit(limit) {}

  RowBatch& window() override { return m_window; }
  void row_added() override {
    if (m_window.bytes() > m_limit)
      throw Outgrown{};
  }
  void reject(Reject reject) override { m_rejects.push_back(std::move(reject)); }

 private:
  RowBatch& m_window;
  std::vector<Reject>& m_rejects;
  std::size_t m_limit;
};

// Whether the file's rows go into the tables when its ledger row does.
bool brings_rows(const File& file) {
  return !file.settled_before &&
         (file.row.status == store::Status::loaded || file.row.status == store::Status::partial);
}

// Throws contention when the file has another size or mtime afterwards than when it was opened: what was read is of no one
// version of it. Room for one byte more than it has shows its end without another read.
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

}  // namespace

std::vector<File> SmallFiles::load(Job& job, store::Session& session) {
  store::Ledger ledger{session};
  const bool is_alone = job.files.size() == 1 && session.engine() == store::Engine::postgres;
  // beside the decoding and the server's work; where no thread can be had, when it is waited for
  const auto durable = std::async([&] { m_context.workspace.make_durable(job.claim); });
  read(job);
  if (is_alone) {
    decode(job);
    if (commit_alone(job, session))
      return {};
  }
  find_known(job, ledger);
  if (!is_alone)
    decode(job);
  commit(job, session);

  std::vector<File> outgrown;
  for (std::size_t i = job.files.size(); i-- > 0;)
    if (m_outgrown[i]) {
      outgrown.push_back(std::move(job.files[i]));
      job.files.erase(job.files.begin() + static_cast<std::ptrdiff_t>(i));
    }
  return outgrown;
}

void SmallFiles::read(Job& job) {
  m_contents.assign(job.files.size(), {});
  m_outgrown.assign(job.files.size(), false);
  for (std::size_t i = 0; i < job.files.size(); ++i) {
    File& file = job.files[i];
    if (file.decided)
      continue;
    begin_row(file, job, m_context);
    struct stat st {};
    const Fd fd = open_claimed(job.claim, file, st);
    if (!fd)
      continue;
    take_stat(file, st);
    read_whole(fd, file, m_contents[i]);
    file.row.sha256 = Sha256::of(m_contents[i]);
  }
}

// No descriptor: the file is gone, and says so.
Fd SmallFiles::open_claimed(const spool::Claim& claim, File& file, struct stat& st) {
  try {
    return m_context.workspace.open(claim, file.entry.name, st);
  } catch (const Error& error) {
    if (error.code() != "ENOENT")
      throw;
    make_gone(file);
    return {};
  }
}

// A file whose content was loaded before costs its hash alone, in a batch.
void SmallFiles::find_known(Job& job, store::Ledger& ledger) {
  std::map<const Feed*, std::vector<std::string>> hashes;
  for (const File& file : job.files)
    if (!file.decided)
      hashes[file.feed].push_back(file.row.sha256);
  for (const auto& [feed, sha256s] : hashes) {
    const auto known = ledger.find_contents(feed->name, sha256s);
    for (File& file : job.files)
      if (const auto holder = known.find(file.row.sha256); file.feed == feed && !file.decided && holder != known.end())
        make_duplicate(file, holder->second.file_id);
  }
}

void SmallFiles::decode(Job& job) {
  for (auto& [feed, window] : m_windows)
    window.clear();
  for (std::size_t i = 0; i < job.files.size(); ++i)
    if (!job.files[i].decided && job.files[i].row.status != store::Status::duplicate)
      decode_one(job, i);
}

void SmallFiles::decode_one(Job& job, std::size_t number) {
  File& file = job.files[number];
  RowBatch& rows = window(*file.feed);
  const std::size_t before = rows.size();
  crash_point("before_decode", file.entry.name);
  WindowSink sink{rows, file.rejects, m_context.config.window_bytes};
  decode::MemorySource raw{m_contents[number]};
  TrackedSource source{raw, file.row, m_context};
  try {
    const ReadResult result = read_document(source, file.entry.name, m_context.config, decoder(*file.feed), sink,
                                            static_cast<std::uint32_t>(number));
    take_counts(file.row, result.decoded);
    if (!result.bad_file) {
      make_loaded(file.row);
      source.keep();
      return;
    }
    refuse_unfinished(job.claim, file, *result.bad_file, m_context.config.grace);
    rows.truncate(before);
    make_failed(file, *result.bad_file);
  } catch (const Outgrown&) {
    rows.truncate(before);
    m_outgrown[number] = true;
  }
}

// A new file of good records, with nothing in it that stands in the tables: what nearly every file is that comes by itself. False:
// it may be another, and nothing was done.
bool SmallFiles::commit_alone(Job& job, store::Session& session) {
  File& file = job.files[0];
  if (m_outgrown[0] || file.decided || file.row.status != store::Status::loaded || file.feed->latest ||
      job.locks_lost > 0)
    return false;
  RowBatch& rows = window(*file.feed);
  rows.sort();
  if (rows.size() == 0 || rows.has_repeats())
    return false;
  end_row(file, job, m_archive);
  crash_point("before_load");
  const auto begun = store::Ledger{session}.begin(file.row, rows);
  if (!begun.file_id)
    return false;
  file.file_id = *begun.file_id;
  crash_point("after_record");
  if (!begun.has_rows) {
    load_windows(job, session);
    return true;
  }
  m_context.workspace.make_durable(job.claim);
  session.commit();
  job.committed = true;
  return true;
}

// One order in every transaction: ledger rows by hash, then facts and latest, feed by feed, then counts.
void SmallFiles::commit(Job& job, store::Session& session) {
  store::Ledger ledger{session};
  for (std::size_t i = 0; i < job.files.size(); ++i)
    if (!m_outgrown[i])
      end_row(job.files[i], job, m_archive);

  session.begin(job.locks_lost > 0 ? store::LoadOrder::ordered : store::LoadOrder::straight);
  if (job.locks_lost > 0 && session.engine() == store::Engine::postgres)
    session.exec("set local lock_timeout = '200ms'");  // the first try waited long enough: others want the loader
  record(job, ledger);
  crash_point("after_record");
  load_windows(job, session);
}

// In the open transaction, with the ledger's rows in it; commits.
void SmallFiles::load_windows(Job& job, store::Session& session) {
  store::Ledger ledger{session};
  std::vector<std::int64_t> ids;
  for (const File& file : job.files)
    ids.push_back(file.file_id);
  store::LoadCounts counts;
  counts.loaded.assign(job.files.size(), 0);
  for (auto& [feed, window] : m_windows) {
    window.keep_files([&](std::uint32_t file) { return !m_outgrown[file] && brings_rows(job.files[file]); });
    if (window.rows().empty())
      continue;
    window.sort();
    crash_point("before_load");
    session.load(window, ids, counts);
    session.finish_load(*feed, ids, counts);
  }

  for (std::size_t i = 0; i < job.files.size(); ++i) {
    File& file = job.files[i];
    if (m_outgrown[i] || file.settled_before)
      continue;
    if (brings_rows(file) && file.row.rows_loaded != counts.loaded[i]) {
      file.row.rows_duplicate = file.row.rows_loaded - counts.loaded[i];
      file.row.rows_loaded = counts.loaded[i];
      ledger.set_counts(file.file_id, file.row.rows_loaded, file.row.rows_duplicate);
    }
    ledger.add_rejects(file.file_id, file.rejects);
  }
  ledger.add_overlaps(ids, counts);
  m_context.workspace.make_durable(job.claim);
  session.commit();
  job.committed = true;
}

void SmallFiles::record(Job& job, store::Ledger& ledger) {
  std::vector<File*> order;
  for (std::size_t i = 0; i < job.files.size(); ++i)
    if (!m_outgrown[i])
      order.push_back(&job.files[i]);
  std::ranges::stable_sort(order, {}, [](const File* file) { return std::string_view{file->row.sha256}; });

  std::vector<const store::LedgerRow*> rows;
  for (const File* file : order)
    rows.push_back(&file->row);
  const auto ids = ledger.insert(rows);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (ids[i])
      order[i]->file_id = *ids[i];
  for (std::size_t i = 0; i < order.size(); ++i)
    if (!ids[i])
      record_refused(job, *order[i], ledger);
}

// The ledger had a row already: of this arrival (a commit whose answer was lost, a start after a crash) or of this content.
void SmallFiles::record_refused(Job& job, File& file, store::Ledger& ledger) {
  if (const auto arrival = ledger.find_arrival(file.row.claim, file.row.file_name)) {
    file.file_id = arrival->file_id;
    if (arrival->status == store::Status::loading) {
      m_outgrown[static_cast<std::size_t>(&file - job.files.data())] = true;  // begun as a large file: go on as one
      return;
    }
    take_outcome(file, *arrival);
    return;
  }
  const auto holder = ledger.find_content(file.row.feed, file.row.sha256);
  if (!holder)
    throw Error{Fault::contention, "another transaction had the content of " + file.row.file_name + " and gave it up"};
  make_duplicate(file, holder->file_id);
  file.file_id = ledger.insert_one(file.row);
}

decode::Decoder& SmallFiles::decoder(const Feed& feed) {
  return m_decoders.try_emplace(&feed, feed, limits_of(m_context.config)).first->second;
}

RowBatch& SmallFiles::window(const Feed& feed) { return m_windows.try_emplace(&feed, feed).first->second; }

}  // namespace longshore::ingest
