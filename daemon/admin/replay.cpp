#include "admin/replay.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/source.hpp"
#include "ingest/file.hpp"
#include "ingest/read_document.hpp"
#include "ingest/retry_policy.hpp"
#include "spool/open_writer.hpp"
#include "store/touched.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <unordered_map>

namespace longshore::admin {
namespace {

// A batch ends at this size, because other writers wait for its transaction.
constexpr std::uint64_t k_batch_bytes = std::uint64_t{256} << 20;

constexpr std::chrono::milliseconds k_first_pause{200};
constexpr std::chrono::milliseconds k_last_pause{2000};
constexpr unsigned k_tries_a_log_line = 20;  // about two minutes

// Thrown for a file that cannot be replayed; the transaction is rolled back.
struct Unfit {
  LeftOut file;
};

Unfit unfit(const store::KnownFile& file, const std::string& reason, const std::string& hint) {
  return {{file.file_id, file.file_name, reason, hint}};
}

Unfit no_copy(const store::KnownFile& file, const std::string& reason) {
  return unfit(file, reason,
               "restore the copy, or give one with the same sha256: longshore replay " + std::to_string(file.file_id) +
                   " --copy PATH; to continue without it: longshore replay --feed " + file.feed +
                   " --keep-going, which leaves out such files");
}

// "" for a compressed copy that cannot be unpacked.
std::string finish(decode::HashedSource& source) try { return source.finish(); } catch (const Error& error) {
  if (error.fault() != Fault::bad_file)
    throw;
  return "";
}

Error refusal(const std::vector<LeftOut>& files) {
  const LeftOut& first = files.front();
  std::string text =
      "file " + std::to_string(first.file_id) + " (" + first.file_name + ") cannot be replayed: " + first.reason;
  if (files.size() > 1)
    text += "; and " + std::to_string(files.size() - 1) + " more";
  return Error{Fault::fatal, text}.with_hint(first.hint).exits(Exit::bad_data);
}

template <class Known>
std::vector<std::int64_t> ids_of(const Known& known) {
  std::vector<std::int64_t> ids;
  ids.reserve(known.size());
  for (const auto& [file_id, file] : known)
    ids.push_back(file_id);
  return ids;
}

// Disjoint sets (union-find) of files that share rows. A set is identified by one of its files.
class Sets {
 public:
  std::int64_t of(std::int64_t file_id) {
    std::int64_t up = m_up.try_emplace(file_id, file_id).first->second;
    while (up != file_id) {
      const std::int64_t next = m_up.at(up);
      m_up[file_id] = next;
      file_id = up;
      up = next;
    }
    return file_id;
  }
  void join(std::int64_t a, std::int64_t b) { m_up[of(b)] = of(a); }

 private:
  std::unordered_map<std::int64_t, std::int64_t> m_up;
};

}  // namespace

Replay::Replay(const config::Config& config, const Registry& registry, store::Session& session, Copies copies,
               std::string given)
    : m_config(config), m_registry(registry), m_session(session), m_copies(copies), m_given(std::move(given)),
      m_archive({config.landing, config.work, config.processed, config.failed}) {}

ReplayPlan Replay::plan(std::span<const std::int64_t> file_ids) {
  ReplayPlan plan;
  KnownFiles known = closure(file_ids, &plan.left_out);
  leave_out_holders(known, plan.left_out);
  std::erase_if(known, [&](const auto& file) { return m_done.contains(file.first); });
  plan.batches = batches_of(known);
  return plan;
}

// A batch has one or more whole sets.
std::vector<ReplayBatch> Replay::batches_of(const KnownFiles& known) {
  Sets sets;
  for (const store::Overlap& overlap : store::overlaps_held_by(m_session, ids_of(known)))
    if (known.contains(overlap.file_id))
      sets.join(overlap.holder, overlap.file_id);
  std::map<std::pair<const Feed*, std::int64_t>, std::vector<std::int64_t>> members;
  for (const auto& [file_id, file] : known)
    members[{file.feed, file.feed->has_history ? sets.of(file_id) : 0}].push_back(file_id);

  std::vector<ReplayBatch> batches;
  std::uint64_t bytes = 0;
  for (const auto& [key, files] : members) {
    if (batches.empty() || batches.back().feed != key.first || bytes >= k_batch_bytes ||
        batches.back().file_ids.size() + files.size() > m_config.batch_files) {
      batches.push_back({key.first, {}});
      bytes = 0;
    }
    for (const std::int64_t file_id : files)
      bytes += known.at(file_id).bytes;
    batches.back().file_ids.insert(batches.back().file_ids.end(), files.begin(), files.end());
  }
  for (ReplayBatch& batch : batches)
    std::ranges::sort(batch.file_ids);
  return batches;
}

std::vector<LeftOut> Replay::run(std::span<const std::int64_t> file_ids, bool keep_going) {
  m_done.clear();
  for (;;) {
    const ReplayPlan plan = this->plan(file_ids);
    if (!plan.left_out.empty() && !keep_going)
      throw refusal(plan.left_out);
    try {
      for (const ReplayBatch& batch : plan.batches) {
        replay(batch);
        m_done.insert(batch.file_ids.begin(), batch.file_ids.end());
      }
      return plan.left_out;
    } catch (const Unfit& unfit) {
      if (!keep_going)
        throw refusal({unfit.file});
      m_unfit.emplace(unfit.file.file_id, unfit.file);
    }
  }
}

// Returns these files and all files that share rows with them. Adds files that cannot be replayed to `unfit`; does not
// check the copies if it is nullptr.
Replay::KnownFiles Replay::closure(std::span<const std::int64_t> file_ids, std::vector<LeftOut>* unfit) {
  KnownFiles known;
  std::set<std::int64_t> seen{file_ids.begin(), file_ids.end()};
  std::vector<std::int64_t> next{seen.begin(), seen.end()};
  std::set<const Feed*> whole;  // feeds without a history
  while (!next.empty()) {
    std::vector<std::int64_t> same_feed;
    for (const store::KnownFile& file : store::read_files(m_session, next)) {
      if (!may_replay(file))
        continue;
      const Feed& feed = feed_of(file);
      known[file.file_id] = {&feed, file.size_bytes};
      if (unfit)
        check_copy(file, *unfit);
      if (!feed.has_history && whole.insert(&feed).second)
        for (const std::int64_t file_id : store::files_with_rows(m_session, feed))
          same_feed.push_back(file_id);
    }
    const auto overlaps = store::overlaps_held_by(m_session, next);
    next.clear();
    for (const std::int64_t file_id : same_feed)
      if (seen.insert(file_id).second)
        next.push_back(file_id);
    for (const store::Overlap& overlap : overlaps)
      if (seen.insert(overlap.file_id).second)
        next.push_back(overlap.file_id);
  }
  return known;
}

void Replay::check_copy(const store::KnownFile& file, std::vector<LeftOut>& unfit) const {
  if (const auto found = m_unfit.find(file.file_id); found != m_unfit.end()) {
    unfit.push_back(found->second);
    return;
  }
  try {
    open_copy(file);
  } catch (const Unfit& found) {
    unfit.push_back(found.file);
  }
}

// If another file holds a row of an unfit file, that holder must keep the row. So it is left out too. The same applies
// to the holders of its own rows.
void Replay::leave_out_holders(KnownFiles& known, std::vector<LeftOut>& left_out) {
  std::map<std::int64_t, std::int64_t> because;  // file -> the unfit file that is the cause
  std::vector<std::int64_t> next;
  for (const LeftOut& file : left_out) {
    because[file.file_id] = file.file_id;
    next.push_back(file.file_id);
  }
  std::vector<std::int64_t> holders;
  while (!next.empty()) {
    const auto overlaps = store::overlaps_of(m_session, next);
    next.clear();
    for (const store::Overlap& overlap : overlaps)
      if (known.contains(overlap.holder) && because.try_emplace(overlap.holder, because.at(overlap.file_id)).second)
        next.push_back(overlap.holder);
    holders.insert(holders.end(), next.begin(), next.end());
  }
  for (const store::KnownFile& file : store::read_files(m_session, holders))
    left_out.push_back(
        {file.file_id, file.file_name,
         "it shares rows with file " + std::to_string(because.at(file.file_id)) + ", which cannot be replayed", ""});
  leave_out_feeds(known, left_out);
  for (const auto& [file_id, cause] : because)
    known.erase(file_id);
}

// All files of a feed without a history, if one of them is unfit.
void Replay::leave_out_feeds(KnownFiles& known, std::vector<LeftOut>& left_out) {
  std::map<const Feed*, std::int64_t> because;
  std::set<std::int64_t> unfit;
  for (const LeftOut& file : left_out) {
    unfit.insert(file.file_id);
    if (const auto found = known.find(file.file_id); found != known.end() && !found->second.feed->has_history)
      because.try_emplace(found->second.feed, file.file_id);
  }
  std::vector<std::int64_t> others;
  for (const auto& [file_id, file] : known)
    if (because.contains(file.feed) && !unfit.contains(file_id))
      others.push_back(file_id);
  for (const store::KnownFile& file : store::read_files(m_session, others))
    left_out.push_back({file.file_id, file.file_name,
                        "its feed keeps no history, so all its files are replayed together, and file " +
                            std::to_string(because.at(known.at(file.file_id).feed)) + " cannot be replayed",
                        ""});
  for (const std::int64_t file_id : others)
    known.erase(file_id);
}

const Feed& Replay::feed_of(const store::KnownFile& file) const {
  if (const Feed* feed = m_registry.find(file.feed))
    return *feed;
  throw Error{Fault::fatal, "file " + std::to_string(file.file_id) + " (" + file.file_name + "): its feed \"" +
                                file.feed + "\" is not declared any more"}
      .with_hint("longshore feeds lists the declared feeds; --feeds DIR names another directory")
      .exits(Exit::config);
}

bool Replay::may_replay(const store::KnownFile& file) const {
  return file.has_rows() || (m_copies == Copies::as_grown && file.status == store::Status::duplicate);
}

FileCopy Replay::open_any_copy(store::KnownFile& file) const {
  FileCopy copy;
  try {
    copy = open_archived(m_archive, file);
    if (!copy) {  // housekeeping may have compressed or purged it since the row was read
      const auto now = store::read_file(m_session, file.file_id).value_or(file);
      file.archive_path = now.archive_path;
      file.packed_bytes = now.packed_bytes;
      file.purged_at = now.purged_at;
      copy = open_archived(m_archive, file);
    }
  } catch (const Error& error) {
    throw no_copy(file, std::string{"its archived copy cannot be opened: "} + error.what());
  }
  if (!copy)
    throw no_copy(file, why_no_copy(m_archive, file));
  return copy;
}

FileCopy Replay::open_copy(store::KnownFile file) const {
  if (!m_given.empty())
    if (auto given = find_given(m_given, file))
      return std::move(*given);
  FileCopy copy = open_any_copy(file);
  const auto size = static_cast<std::uint64_t>(stat_of(copy.file.get(), file.file_name).st_size);
  const std::uint64_t expected = file.packed_bytes.value_or(file.size_bytes);
  if (size == expected || (!copy.is_packed && size > expected && m_copies == Copies::as_grown))
    return copy;
  Unfit found = no_copy(file, "its archived copy has " + std::to_string(size) + " bytes, the " +
                                  (copy.is_packed ? "compressed" : "loaded") + " file had " + std::to_string(expected) +
                                  ": " + copy.path);
  if (!copy.is_packed && size > expected)
    found.file.hint = "if a process went on writing it: longshore replay --grown " + std::to_string(file.file_id) +
                      "; else " + found.file.hint;
  throw found;
}

// Looks at the copies as they are now. A file that grew gets its new size and hash in `files`, so that the load checks
// them.
std::vector<Replay::Growth> Replay::take_growth(std::vector<store::KnownFile>& files) {
  std::vector<Growth> all(files.size());
  if (m_copies == Copies::as_loaded)
    return all;
  std::map<store::Content, std::int64_t> grown;  // in this transaction, which is of one feed
  for (std::size_t i = 0; i < files.size(); ++i) {
    store::KnownFile& file = files[i];
    Growth& growth = all[i];
    const FileCopy copy = open_copy(file);
    if (!copy.is_packed)
      growth.content = spool::growth_of(copy.file.get(), file.size_bytes, file.sha256, file.file_name);
    if (growth.content) {
      file.size_bytes = growth.content->size_bytes;
      file.sha256 = growth.content->sha256;
      if (spool::find_open_writer(copy.file.get()) == spool::OpenWriter::found)
        log::warn("{}: a process still has it open for writing: it may grow again", file.file_name);
    } else if (!copy.is_packed &&
               static_cast<std::uint64_t>(stat_of(copy.file.get(), file.file_name).st_size) != file.size_bytes)
      throw no_copy(file, "its archived copy does not begin with the bytes that were loaded: " + copy.path);
    if (!growth.content && file.has_rows())
      continue;
    const store::Content content{file.sha256, file.name_values};
    const auto known = store::Ledger{m_session}.find_content(file.feed, content);
    const auto [first, is_first] = grown.try_emplace(content, file.file_id);
    if (known && known->file_id != file.file_id)
      growth.holder = known->file_id;
    else if (!is_first)
      growth.holder = first->second;
  }
  return all;
}

// Begins a transaction. Tables, declaration, tasks and horizon of the feed cannot change until its end.
store::InForce Replay::begin(const Feed& feed) {
  store::InForce in_force = feed.keep ? store::begin_load_with_horizons(m_session, store::LoadOrder::straight)
                                      : store::begin_load(m_session, store::LoadOrder::straight);
  if (store::is_in_force(in_force.declarations, feed))
    return in_force;
  throw Error{Fault::fatal,
              "feed \"" + feed.name + "\" cannot be replayed: " + store::describe_difference(m_session, feed)}
      .with_hint("put the same declaration in place for the daemon and this command, then: longshore migrate")
      .exits(Exit::config);
}

// Retries without a limit while other writers hold locks on the tables.
void Replay::replay(const ReplayBatch& batch) {
  for (unsigned tries = 1;; ++tries) {
    try {
      try_replay(batch);
      return;
    } catch (const Error& error) {
      m_session.rollback();
      if (error.fault() != Fault::contention)
        throw;
      if (tries % k_tries_a_log_line == 1)
        log::warn("waiting for other writers of the database: {}", error.what());
      std::this_thread::sleep_for(ingest::pause_before(tries, k_first_pause, k_last_pause));
    } catch (...) {
      m_session.rollback();
      throw;
    }
  }
}

void Replay::try_replay(const ReplayBatch& batch) {
  const Feed& feed = *batch.feed;
  const store::InForce in_force = begin(feed);
  const std::int64_t horizon = store::horizon_of(in_force.horizons, feed);
  store::lock_tables(m_session, feed);
  // with the tables locked, no new file can share rows with them
  const std::vector<std::int64_t> ids = ids_of(closure(batch.file_ids, nullptr));
  std::vector<store::KnownFile> files = store::read_files(m_session, ids);
  if (in_force.task_feeds.contains(feed.name))
    store::touch_rows(m_session, feed, ids);
  store::delete_rows(m_session, feed, files, horizon);
  const std::vector<Growth> growth = take_growth(files);
  crash_point("after_take_out");

  store::Ledger ledger{m_session};
  std::vector<Reject> rejects;
  const spool::Claim unclaimed;
  ingest::RowStream stream{m_session, feed, ids, m_config.window_bytes, rejects, unclaimed};
  std::vector<store::LedgerRow> rows;
  for (std::uint32_t i = 0; i < files.size(); ++i) {
    rows.push_back(growth[i].holder ? store::LedgerRow{} : load(files[i], horizon, stream, i));
    stream.pause();
    ledger.add_rejects(ids[i], rejects);
    rejects.clear();
  }
  const store::LoadCounts counts = stream.finish();
  store::delete_replaced(m_session, feed, files);
  ledger.add_overlaps(ids, counts);
  for (std::size_t i = 0; i < files.size(); ++i) {
    rows[i].rows_duplicate = rows[i].rows_loaded - counts.loaded[i];
    rows[i].rows_loaded = counts.loaded[i];
    rows[i].finished_at = now_micros();
    record(files[i], growth[i], rows[i]);
  }
  store::add_replay_changes(m_session, in_force.task_feeds, ids);
  m_session.commit();

  for (std::size_t i = 0; i < files.size(); ++i) {
    const store::LedgerRow& row = rows[i];
    ++m_totals.files;
    if (growth[i].holder) {
      log::info("{}: has the same content as file {} now: a duplicate", files[i].file_name, *growth[i].holder);
      continue;
    }
    log::info("{}: replayed, {}: {} rows, {} duplicates, {} rejects", files[i].file_name,
              store::status_name(row.status), row.rows_loaded, row.rows_duplicate, row.rows_rejected);
    m_totals.rows += row.rows_loaded;
    m_totals.duplicates += row.rows_duplicate;
    m_totals.rejects += row.rows_rejected;
  }
}

void Replay::record(const store::KnownFile& file, const Growth& growth, const store::LedgerRow& row) {
  store::Ledger ledger{m_session};
  if (growth.holder)  // first: until then the content belongs to two files
    ledger.set_duplicate(file.file_id, *growth.holder);
  if (growth.content)
    ledger.set_content(file.file_id, growth.content->size_bytes, growth.content->sha256, growth.content->modified_at);
  if (!growth.holder)
    ledger.finish_replay(file.file_id, row);
}

// Reads one copy into the stream. The count of duplicates is known only at the end of the stream.
store::LedgerRow Replay::load(const store::KnownFile& file, std::int64_t horizon, ingest::RowStream& stream,
                              std::uint32_t number) const {
  const FileCopy copy = open_copy(file);
  const auto raw = source_of(copy, file);
  store::LedgerRow row;
  row.started_at = now_micros();
  decode::Decoder decoder{*m_registry.find(file.feed), ingest::limits_of(m_config)};
  const std::string name = unescape(file.file_name);
  const decode::FileFacts facts{name, parse_time(file.claimed_at).micros.value_or(k_any_future), horizon};
  const ingest::ReadResult result = ingest::read_document(*raw, facts, m_config, decoder, stream, number);
  const bool is_same = finish(*raw) == file.sha256;
  if (!is_same && m_copies == Copies::as_grown)
    throw unfit(file, "its archived copy changed while it was read",
                "a process still writes it: close it there, then run this command again");
  if (!is_same)
    throw no_copy(file, "its archived copy has other content (its sha256 differs from the ledger): " + copy.path);
  if (result.bad_file)
    throw unfit(file,
                "it cannot be loaded with the current declaration of the feed: " + ingest::error_text(*result.bad_file),
                "correct the declaration, or leave such files unchanged: --keep-going");
  ingest::set_counts(row, result.decoded);
  row.status = ingest::loaded_status(row);
  return row;
}

}  // namespace longshore::admin
