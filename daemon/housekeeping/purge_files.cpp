#include "housekeeping/purge_files.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/archive/archive_listing.hpp"
#include "spool/archive/reason_file.hpp"
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
  FileFaults& faults;
  std::int64_t now = 0;
  std::int64_t cutoff = 0;    // what finished before is due
  std::int64_t earliest = 0;  // finished_at of the first file that is not due yet
  std::uint64_t files = 0;    // removed
  std::uint64_t bytes = 0;
  std::uint64_t unequal = 0;
  std::uint64_t shared = 0;
};

PurgeFiles::PurgeFiles(spool::Shelf shelf, std::chrono::milliseconds age, const spool::Directories& directories,
                       std::chrono::milliseconds open_grace)
    : m_shelf(shelf), m_age(std::chrono::microseconds{age}.count()), m_directories(directories),
      m_open_grace(open_grace), m_days(shelf, directories) {}

std::string_view PurgeFiles::name() const {
  return m_shelf == spool::Shelf::processed ? "keep_processed" : "keep_failed";
}

std::string_view PurgeFiles::task() const {
  return m_shelf == spool::Shelf::processed ? "purge_processed" : "purge_failed";
}

void PurgeFiles::run(Round& round) {
  FileFaults faults;
  for (const std::string& day : m_days.at(round.now(), round.now() - m_age))
    faults.guard(spool::ArchivePlace{m_shelf, day, "", ""}.text(), [&] { purge_day(round, day, faults); });
  faults.report();
}

// A day with a fault is looked at again in the next round, so that the fault stays known.
void PurgeFiles::purge_day(Round& round, const std::string& name, FileFaults& faults) {
  const std::uint64_t faults_before = faults.count();
  Day day{.faults = faults, .now = round.now(), .cutoff = round.now() - m_age, .earliest = round.now()};
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
  if (faults.count() == faults_before)
    m_days.postpone(name, std::min(day.earliest + m_age, day.now + k_far));
  report(name, day);
}

void PurgeFiles::purge_chunk(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day) {
  if (places.empty())
    return;
  std::vector<Candidate> candidates = lock_candidates(round, places, day);
  refresh(round, candidates);
  std::erase_if(candidates, [&](Candidate& candidate) {
    bool goes = false;
    day.faults.guard(candidate.found.text, [&] { goes = is_to_be_removed(round, candidate, day); });
    return !goes;
  });
  const Day before = day;
  record(round, candidates);
  crash_point("purge_recorded");
  for (const Candidate& candidate : candidates)
    if (candidate.is_leftover || candidate.is_recorded)
      day.faults.guard(candidate.found.text, [&] { remove(candidate, day); });
  if (day.files == before.files)
    return;
  const std::uint64_t bytes = day.bytes - before.bytes;
  round.work().files += day.files - before.files;
  round.work().bytes += bytes;
  round.observer().files_purged(day.files - before.files, bytes);
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
    day.faults.guard(found.text, [&] {
      if (auto file = spool::LockedFile::open(m_directories, found.place))
        candidates.push_back({std::move(found), std::move(*file)});
    });
  }
  return candidates;
}

// Asks the ledger again, now that the files are locked. Before, a daemon may have moved another file to a place that
// was free, because the file of the row was still in its claim.
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
    return is_due(candidate.found, day) && may_remove(round, candidate, day);
  const Origin origin =
      origin_of(round.session(), candidate.found.place, candidate.file, m_directories, [&] { round.rest(); });
  candidate.is_leftover = origin == Origin::purged || origin == Origin::second_copy;
  if (m_shelf == spool::Shelf::failed && origin == Origin::purged)
    return is_failed_one_due(candidate.found.rows.front(), candidate.file, day);
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

bool PurgeFiles::may_remove(Round& round, const Candidate& candidate, Day& day) const {
  const auto live = candidate.found.live();
  if (live.size() > 1) {
    ++day.shared;
    return false;
  }
  const store::KnownFile& row = *live.front();
  if (may_be_written(candidate.file, m_open_grace))
    return false;
  if (m_shelf == spool::Shelf::failed)
    return is_failed_one_due(row, candidate.file, day);
  const auto size = static_cast<std::uint64_t>(candidate.file.stat().st_size);
  const bool is_equal = size == row.packed_bytes.value_or(row.size_bytes) &&
                        (has_mtime_of(row, candidate.file) ||
                         has_content_of(row, candidate.found.text, candidate.file, [&] { round.rest(); }));
  day.unequal += is_equal ? 0 : 1;
  return is_equal;
}

// Its row is. An edited file counts from its mtime; one in the future stays.
bool PurgeFiles::is_failed_one_due(const store::KnownFile& row, const spool::LockedFile& file, Day& day) const {
  const struct stat& st = file.stat();
  if (has_mtime_of(row, file) && static_cast<std::uint64_t>(st.st_size) == row.size_bytes)
    return true;
  const std::int64_t edited = longshore::micros_of(st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  if (edited < day.cutoff)
    return true;
  day.earliest = std::min(day.earliest, edited);
  return false;
}

// In one transaction, in the order of the ids, so that two of them never wait for each other. If a row or its file
// changed since it was read, the file stays.
void PurgeFiles::record(Round& round, std::vector<Candidate>& candidates) {
  std::vector<Candidate*> recorded;
  recorded.reserve(candidates.size());
  for (Candidate& candidate : candidates)
    if (!candidate.is_leftover && candidate.file.is_unchanged())
      recorded.push_back(&candidate);
  if (recorded.empty())
    return;
  std::ranges::sort(recorded, {}, [](const Candidate* candidate) { return candidate->found.live().front()->file_id; });
  store::Session& session = round.session();
  const std::string purged_at = format_time(now_micros());
  session.begin();
  for (Candidate* const candidate : recorded)
    candidate->is_recorded = store::set_purged(session, *candidate->found.live().front(), purged_at);
  session.commit();
}

// The reason first: a file that is still there is found again, a reason alone is not.
void PurgeFiles::remove(const Candidate& candidate, Day& day) const {
  if (!candidate.file.is_unchanged())
    return;
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
  if (day.unequal > 0 && day.unequal != m_unequal[name])
    log::warn("{}: {} files stay, because their size or content differs from the ledger; hint: longshore verify --deep",
              directory, human_count(day.unequal));
  if (day.shared > 0 && day.shared != m_shared[name])
    log::warn("{}: {} files stay, because several ledger rows name the place of each; hint: {} needs a database of its "
              "own for each archive",
              directory, human_count(day.shared), this->name());
  m_unequal[name] = day.unequal;
  m_shared[name] = day.shared;
}

}  // namespace longshore::housekeeping
