#include "admin/takeout.hpp"

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "ingest/archiving.hpp"
#include "spool/work/claim_id.hpp"
#include "store/declarations.hpp"
#include "store/ledger.hpp"

namespace longshore::admin {
namespace {

constexpr int k_tries = 3;  // each waits for the lock timeout of the database, a few seconds

std::string outcome_text(const store::Arrival& arrival) {
  return "it is finished: " + std::string{store::status_name(arrival.status)} +
         (arrival.error.empty() ? "" : ": " + arrival.error) + "; the running daemon or its next start moves it";
}

// "" if the row names none.
std::string place_in_ledger(store::Session& session, const store::LedgerRow& row) {
  const auto arrival = store::Ledger{session}.find_arrival(row.claim, row.file_name);
  return arrival ? arrival->archive_path : "";
}

}  // namespace

struct Takeout::Recorded {
  ingest::File file;
  std::optional<store::Arrival> earlier;  // the outcome that the ledger had before
};

TakeoutResult Takeout::check(const spool::ClaimedFile& claimed, TakeoutKind kind) {
  if (!spool::Workspace::look(claimed.claim, claimed.entry.name))
    return {TakeoutResult::Kind::gone, "the file is not in its claim any more"};
  const auto arrival = store::Ledger{m_session}.find_arrival(claimed.claim.id, escape(claimed.entry.name));
  if (arrival && arrival->status != store::Status::loading)
    return {TakeoutResult::Kind::finished, outcome_text(*arrival)};
  if (kind == TakeoutKind::release && spool::is_in_landing(m_directories.landing, claimed.entry.name))
    return {TakeoutResult::Kind::taken, "the landing directory has another file of this name"};
  return {};
}

TakeoutResult Takeout::take_out(const spool::ClaimedFile& claimed, TakeoutKind kind) {
  if (TakeoutResult why = check(claimed, kind); why.kind != TakeoutResult::Kind::done)
    return why;
  Recorded recorded;
  try {
    recorded = record_outcome(claimed, kind);
  } catch (const Error& error) {
    if (error.fault() != Fault::contention)
      throw;
    return {TakeoutResult::Kind::busy, "its transaction is still running: " + std::string{error.what()}};
  }
  if (recorded.earlier)
    return {TakeoutResult::Kind::finished, outcome_text(*recorded.earlier)};
  crash_point("takeout_recorded");

  const spool::Claim& claim = claimed.claim;
  if (kind == TakeoutKind::skip) {
    ingest::move_to_place(claim, recorded.file, m_archive, m_session);
    m_archive.sync();
    return {TakeoutResult::Kind::done, recorded.file.row.archive_path};
  }
  const auto returned = return_to_landing(claim, claimed.entry.name, m_directories.landing);
  // the running daemon may have met the row before
  const bool is_in_failed = returned == spool::Returned::gone && !place_in_ledger(m_session, recorded.file.row).empty();
  if (returned == spool::Returned::taken || is_in_failed)
    return {
        TakeoutResult::Kind::taken,
        "the landing directory has another file of this name now; the running daemon or its next start moves this one to "
        "failed/"};
  return {TakeoutResult::Kind::done, "landing"};
}

Takeout::Recorded Takeout::record_outcome(const spool::ClaimedFile& claimed, TakeoutKind kind) {
  for (int tries = 1;; ++tries) {
    try {
      return try_to_record(claimed, kind);
    } catch (const Error& error) {
      m_session.rollback();
      if (error.fault() != Fault::contention || tries == k_tries)
        throw;
    }
  }
}

// If a daemon is about to commit this arrival, the insert or the lock waits for its transaction.
Takeout::Recorded Takeout::try_to_record(const spool::ClaimedFile& claimed, TakeoutKind kind) {
  Recorded recorded;
  ingest::File& file = recorded.file;
  file.entry = claimed.entry;
  file.row.claim = claimed.claim.id;
  file.row.claimed_at = spool::claim_time(claimed.claim.id);
  file.row.file_name = escape(claimed.entry.name);
  if (const Feed* feed = m_registry.route(claimed.entry.name))
    file.row.feed = feed->name;
  file.row.size_bytes = claimed.entry.size;
  file.row.modified_at = micros_of(claimed.entry.mtime.tv_sec, claimed.entry.mtime.tv_nsec);
  file.row.status = store::Status::failed;
  file.row.error = kind == TakeoutKind::skip ? k_skipped : k_released;
  file.row.started_at = file.row.finished_at = now_micros();
  file.row.instance = claimed.instance;
  if (kind == TakeoutKind::skip)
    file.row.archive_path = m_archive.choose(spool::Shelf::failed, claimed.claim, claimed.entry.name);

  store::Ledger ledger{m_session};
  const store::TaskFeeds task_feeds = store::begin_load(m_session, store::LoadOrder::straight).task_feeds;
  const store::LedgerRow* const row = &file.row;
  if (const auto id = ledger.insert({&row, 1}).front()) {
    file.file_id = *id;
  } else {
    recorded.earlier = ledger.find_arrival(file.row.claim, file.row.file_name);
    if (recorded.earlier && recorded.earlier->status == store::Status::loading &&
        ledger.lock_loading(recorded.earlier->file_id, claimed.instance)) {
      file.file_id = recorded.earlier->file_id;
      ledger.finish_loading(file.file_id, file.row);
      recorded.earlier.reset();
    } else if (!recorded.earlier || recorded.earlier->status == store::Status::loading) {
      throw Error{Fault::contention, "another process is recording its outcome"};
    }
  }
  if (!recorded.earlier)
    store::add_changes(m_session, task_feeds, {&file.file_id, 1});
  m_session.commit();
  return recorded;
}

std::vector<std::string> Takeout::close_loading(const std::string& claim) {
  const store::TaskFeeds task_feeds = store::begin_load(m_session, store::LoadOrder::straight).task_feeds;
  const auto closed =
      store::Ledger{m_session}.close_loading(claim, std::string{k_skipped} + ": its file is in no claim");
  std::vector<std::int64_t> ids;
  std::vector<std::string> names;
  for (const store::Closed& file : closed) {
    ids.push_back(file.file_id);
    names.push_back(file.file_name);
  }
  store::add_changes(m_session, task_feeds, ids);
  m_session.commit();
  return names;
}

}  // namespace longshore::admin
