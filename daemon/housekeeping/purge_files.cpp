#include "housekeeping/purge_files.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/archive/archive_listing.hpp"
#include "spool/archive/reason_file.hpp"
#include "spool/open_writer.hpp"
#include "store/archived_files.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace longshore::housekeeping {
namespace {

constexpr std::int64_t k_far = k_micros_a_day;  // a day without anything due is looked at again after this time

}  // namespace

struct PurgeFiles::Candidate {
  FoundFile found;
  spool::LockedFile file;
  bool is_leftover = false;  // its rows are purged
  bool is_recorded = false;
};

struct PurgeFiles::Day {
  std::int64_t now = 0;
  std::int64_t cutoff = 0;    // what finished before is due
  std::int64_t earliest = 0;  // finished_at of the first file that is not due yet
  std::uint64_t files = 0;    // removed
  std::uint64_t bytes = 0;
  std::uint64_t unequal = 0;
};

PurgeFiles::PurgeFiles(spool::Shelf shelf, std::chrono::milliseconds age, const spool::Directories& directories)
    : m_shelf(shelf), m_age(std::chrono::microseconds{age}.count()), m_directories(directories),
      m_days(shelf, directories) {}

std::string_view PurgeFiles::name() const {
  return m_shelf == spool::Shelf::processed ? "keep_processed" : "keep_failed";
}

void PurgeFiles::run(Round& round) {
  for (const std::string& day : m_days.at(round.now(), round.now() - m_age))
    purge_day(round, day);
}

void PurgeFiles::purge_day(Round& round, const std::string& name) {
  Day day{.now = round.now(), .cutoff = round.now() - m_age, .earliest = round.now()};
  std::vector<spool::ArchivePlace> places;
  places.reserve(k_most_found);
  const auto purge = [&] {
    purge_chunk(round, std::exchange(places, {}), day);
    round.rest();
  };
  spool::for_each_archived(m_directories, m_shelf, name, [&](spool::ArchivePlace place) {
    places.push_back(std::move(place));
    if (places.size() == k_most_found)
      purge();
  });
  purge();
  if (name < date_of(round.now()))  // a daemon may be about to use the directory of today
    spool::remove_empty_directories(m_directories, m_shelf, name);
  m_days.postpone(name, std::min(day.earliest + m_age, day.now + k_far));
  report(name, day);
}

void PurgeFiles::purge_chunk(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day) {
  if (places.empty())
    return;
  std::vector<Candidate> candidates = lock_candidates(round, places, day);
  refresh(round, candidates);
  std::erase_if(candidates, [&](Candidate& candidate) { return !is_to_be_removed(round, candidate, day); });
  const Day before = day;
  record(round, candidates);
  crash_point("purge_recorded");
  for (const Candidate& candidate : candidates)
    if (candidate.is_leftover || candidate.is_recorded)
      remove(candidate, day);
  if (day.files > before.files)
    round.observer().files_purged(day.files - before.files, day.bytes - before.bytes);
}

// Opens and locks what looks due.
std::vector<PurgeFiles::Candidate>
PurgeFiles::lock_candidates(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day) const {
  std::vector<Candidate> candidates;
  candidates.reserve(places.size());
  for (FoundFile& found : look_up(round.session(), places)) {
    const bool is_known = !found.rows.empty() || !found.twins.empty();
    if (!is_known || !is_due(found, day))
      continue;
    if (auto file = spool::LockedFile::open(m_directories, found.place))
      candidates.push_back({std::move(found), std::move(*file)});
  }
  return candidates;
}

// Asks the ledger again, now that the files are locked. Before, a daemon may have moved another file to a place that was
// free, because the file of the row was still in its claim.
void PurgeFiles::refresh(Round& round, std::vector<Candidate>& candidates) {
  std::vector<spool::ArchivePlace> places;
  places.reserve(candidates.size());
  for (const Candidate& candidate : candidates)
    places.push_back(candidate.found.place);
  if (places.empty())
    return;
  auto found = look_up(round.session(), places);
  for (std::size_t i = 0; i < candidates.size(); ++i)
    candidates[i].found = std::move(found[i]);
}

bool PurgeFiles::is_to_be_removed(Round& round, Candidate& candidate, Day& day) const {
  if (!candidate.found.live().empty())
    return is_due(candidate.found, day) && may_remove(candidate, day);
  candidate.is_leftover =
      origin_of(round.session(), candidate.found.place, candidate.file, m_directories) == Origin::leftover;
  return candidate.is_leftover;
}

// All rows that name the place must be old enough; true if there is none.
bool PurgeFiles::is_due(const FoundFile& found, Day& day) const {
  bool is_due = true;
  for (const store::KnownFile* row : found.live()) {
    const std::int64_t finished = micros_of(row->finished_at);
    if (row->grew_to || row->finished_at.empty())
      return false;
    if (finished >= day.cutoff) {
      day.earliest = std::min(day.earliest, finished);
      is_due = false;
    }
  }
  return is_due;
}

bool PurgeFiles::may_remove(const Candidate& candidate, Day& day) const {
  const struct stat& st = candidate.file.stat();
  if (spool::find_open_writer(candidate.file.fd()) == spool::OpenWriter::found)
    return false;
  if (m_shelf == spool::Shelf::failed) {
    const std::int64_t edited = longshore::micros_of(st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    if (edited < day.cutoff || edited > day.now)
      return true;
    day.earliest = std::min(day.earliest, edited);
    return false;
  }
  const auto size = static_cast<std::uint64_t>(st.st_size);
  const bool is_equal = std::ranges::any_of(candidate.found.live(), [&](const store::KnownFile* row) {
    return size == row->packed_bytes.value_or(row->size_bytes);
  });
  day.unequal += is_equal ? 0 : 1;
  return is_equal;
}

// In one transaction. If a row changed since it was read, its file stays.
void PurgeFiles::record(Round& round, std::vector<Candidate>& candidates) const {
  if (std::ranges::all_of(candidates, &Candidate::is_leftover))
    return;
  store::Session& session = round.session();
  const std::string purged_at = format_time(round.now());
  session.begin();
  for (Candidate& candidate : candidates) {
    if (candidate.is_leftover)
      continue;
    candidate.is_recorded = true;
    for (const store::KnownFile* row : candidate.found.live())
      candidate.is_recorded = store::set_purged(session, *row, purged_at) && candidate.is_recorded;
  }
  session.commit();
}

// The reason first: a file that is still there is found again, a reason alone is not.
void PurgeFiles::remove(const Candidate& candidate, Day& day) const {
  if (m_shelf == spool::Shelf::failed)
    for (const store::KnownFile& row : candidate.found.rows)
      spool::remove_reason_file(candidate.file.directory(), candidate.found.text, spool::reason_head(row.file_id));
  crash_point("purge_unlinks");
  if (!candidate.file.remove())
    return;
  log::debug("{}: removed from {}", candidate.found.text, name());
  ++day.files;
  day.bytes += static_cast<std::uint64_t>(candidate.file.stat().st_size);
}

void PurgeFiles::report(const std::string& name, const Day& day) {
  const std::string directory = spool::ArchivePlace{m_shelf, name, "", ""}.text();
  if (day.files > 0)
    log::info("{}: {} files removed, {}", directory, human_count(day.files),
              human_bytes(static_cast<double>(day.bytes)));
  std::uint64_t& logged = m_unequal[name];
  if (day.unequal > 0 && day.unequal != logged)
    log::warn("{}: {} files stay, because their size differs from the ledger; hint: longshore verify", directory,
              human_count(day.unequal));
  logged = day.unequal;
}

}  // namespace longshore::housekeeping
