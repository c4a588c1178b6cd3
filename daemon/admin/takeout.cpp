#include "admin/takeout.hpp"

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "ingest/archiving.hpp"
#include "spool/entries.hpp"
#include "store/ledger.hpp"

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr int k_tries = 3;  // of some seconds each: the database's lock time-out

std::string outcome_text(const store::Arrival& arrival) {
  return "the ledger says " + std::string{store::status_name(arrival.status)} +
         (arrival.error.empty() ? "" : ": " + arrival.error) + "; a running daemon, or the next start, moves it";
}

}  // namespace

struct Takeout::Told {
  ingest::File file;
  std::optional<store::Arrival> settled;  // before we came
};

bool Takeout::is_name_taken(const std::string& name) const {
  return spool::entry_stat(AT_FDCWD, m_directories.landing + "/" + name).has_value();
}

TakeoutResult Takeout::look(const spool::ClaimedFile& claimed, TakeoutKind how) {
  if (!spool::Workspace::look(claimed.claim, claimed.entry.name))
    return {TakeoutResult::Kind::gone, "no longer in its claim"};
  const auto arrival = store::Ledger{m_session}.find_arrival(claimed.claim.id, escape(claimed.entry.name));
  if (arrival && arrival->status != store::Status::loading)
    return {TakeoutResult::Kind::settled, outcome_text(*arrival)};
  if (how == TakeoutKind::release && is_name_taken(claimed.entry.name))
    return {TakeoutResult::Kind::taken, "the landing directory has another file of this name"};
  return {};
}

TakeoutResult Takeout::take_out(const spool::ClaimedFile& claimed, TakeoutKind how) {
  if (const TakeoutResult why = look(claimed, how); why.kind != TakeoutResult::Kind::done)
    return why;
  Told told;
  try {
    told = tell_ledger(claimed, how);
  } catch (const Error& error) {
    if (error.fault() != Fault::contention)
      throw;
    return {TakeoutResult::Kind::busy, "its transaction is under way: " + std::string{error.what()}};
  }
  if (told.settled)
    return {TakeoutResult::Kind::settled, outcome_text(*told.settled)};
  crash_point("by_hand_told");

  const spool::Claim& claim = claimed.claim;
  if (how == TakeoutKind::skip) {
    ingest::move_to_place(claim, told.file, m_archive, m_session);
    m_archive.sync();
    return {TakeoutResult::Kind::done, told.file.row.archive_path};
  }
  if (return_to_landing(claim, claimed.entry.name, m_directories.landing) == spool::Returned::taken)
    return {TakeoutResult::Kind::taken,
            "the landing directory has got another file of this name; a running daemon, or the next "
            "start, keeps this one in failed/"};
  return {TakeoutResult::Kind::done, "landing"};
}

Takeout::Told Takeout::tell_ledger(const spool::ClaimedFile& claimed, TakeoutKind how) {
  for (int tries = 1;; ++tries) {
    try {
      return tell_once(claimed, how);
    } catch (const Error& error) {
      m_session.rollback();
      if (error.fault() != Fault::contention || tries == k_tries)
        throw;
    }
  }
}

// A daemon that is about to commit this arrival holds the key of our row, or the row itself: then we wait for it.
Takeout::Told Takeout::tell_once(const spool::ClaimedFile& claimed, TakeoutKind how) {
  Told told;
  ingest::File& file = told.file;
  file.entry = claimed.entry;
  file.row.claim = claimed.claim.id;
  file.row.file_name = escape(claimed.entry.name);
  if (const Feed* feed = m_registry.route(claimed.entry.name))
    file.row.feed = feed->name;
  file.row.size_bytes = claimed.entry.size;
  file.row.modified_at = micros_of(claimed.entry.mtime.tv_sec, claimed.entry.mtime.tv_nsec);
  file.row.status = store::Status::failed;
  file.row.error = how == TakeoutKind::skip ? k_skipped : k_released;
  file.row.started_at = file.row.finished_at = now_micros();
  file.row.instance = claimed.instance;
  if (how == TakeoutKind::skip)
    file.row.archive_path = m_archive.choose(spool::Shelf::failed, claimed.claim, claimed.entry.name);

  store::Ledger ledger{m_session};
  m_session.begin();
  const store::LedgerRow* const row = &file.row;
  if (const auto id = ledger.insert({&row, 1}).front()) {
    file.file_id = *id;
  } else {
    told.settled = ledger.find_arrival(file.row.claim, file.row.file_name);
    if (told.settled && told.settled->status == store::Status::loading &&
        ledger.lock_loading(told.settled->file_id, claimed.instance)) {
      file.file_id = told.settled->file_id;
      ledger.finish_loading(file.file_id, file.row);
      told.settled.reset();
    } else if (!told.settled || told.settled->status == store::Status::loading) {
      throw Error{Fault::contention, "it is being settled just now"};
    }
  }
  m_session.commit();
  return told;
}

std::vector<std::string> Takeout::close_loading(const std::string& claim) {
  return store::Ledger{m_session}.close_loading(claim, std::string{k_skipped} + ": its file is in no claim any more");
}

}  // namespace longshore::admin
