#include "housekeeping/compress_files.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "decode/compression.hpp"
#include "housekeeping/pack.hpp"
#include "spool/archive/archive_listing.hpp"
#include "spool/entries.hpp"
#include "store/archived_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

#include <unistd.h>

namespace longshore::housekeeping {
namespace {

constexpr std::int64_t k_far = 7 * k_micros_a_day;  // a day without anything due is looked at again after this time
constexpr std::uint64_t k_small = 4096;             // bytes: a block of the disk, which no compression saves

bool is_packed_content(int file) {
  std::array<char, 8> head{};
  const auto got = ::pread(file, head.data(), head.size(), 0);
  return got > 0 && decode::is_packed({head.data(), static_cast<std::size_t>(got)});
}

}  // namespace

struct CompressFiles::Day {
  std::int64_t cutoff = 0;    // what finished before is due
  std::int64_t earliest = 0;  // finished_at of the first file that is not due yet
  bool is_pending = false;    // the next round has something to do
  std::uint64_t files = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

CompressFiles::CompressFiles(std::chrono::milliseconds age, const spool::Directories& directories,
                             std::chrono::milliseconds open_grace)
    : m_age(std::chrono::microseconds{age}.count()), m_directories(directories), m_open_grace(open_grace),
      m_days(spool::Shelf::processed, directories) {}

void CompressFiles::run(Round& round) {
  FileFaults faults;
  for (const std::string& day : m_days.at(round.now(), round.now() - m_age))
    faults.guard("processed/" + day, [&] { compress_day(round, day, faults); });
  faults.report();
}

// A day with a fault is looked at again in the next round, so that the fault stays known.
void CompressFiles::compress_day(Round& round, const std::string& name, FileFaults& faults) {
  const std::uint64_t faults_before = faults.count();
  Day day{.cutoff = round.now() - m_age, .earliest = round.now() + k_far};
  std::vector<spool::ArchivePlace> places;
  places.reserve(k_most_found);
  const auto compress_all = [&] {
    if (!places.empty())
      for (const FoundFile& found : look_up(round.session(), std::exchange(places, {})))
        faults.guard(found.text, [&] { compress(round, found, day); });
    round.rest();
  };
  spool::for_each_archived(m_directories, spool::Shelf::processed, name, [&](spool::ArchivePlace place) {
    places.push_back(std::move(place));
    if (places.size() == k_most_found)
      compress_all();
  });
  compress_all();
  const bool is_pending = day.is_pending || faults.count() > faults_before;
  m_days.postpone(name, is_pending ? round.now() : std::min(day.earliest + m_age, round.now() + k_far));
  if (day.files > 0)
    log::info("processed/{}: {} files compressed, {} to {}", name, human_count(day.files),
              human_bytes(static_cast<double>(day.bytes_before)), human_bytes(static_cast<double>(day.bytes_after)));
}

// The row of a file that is due; nullptr if there is none, or more than one.
const store::KnownFile* CompressFiles::due_row(const FoundFile& found, Day& day) {
  const auto live = found.live();
  if (live.size() != 1 || live[0]->packed_bytes || live[0]->finished_at.empty())
    return nullptr;
  const std::int64_t finished = micros_of(live[0]->finished_at);
  if (finished < day.cutoff)
    return live[0];
  day.earliest = std::min(day.earliest, finished);
  return nullptr;
}

void CompressFiles::compress(Round& round, const FoundFile& found, Day& day) const {
  const bool may_be_leftover = found.live().empty() && (!found.rows.empty() || !found.twins.empty());
  if (!may_be_leftover && !due_row(found, day))
    return;
  const auto file = spool::LockedFile::open(m_directories, found.place);
  if (!file)
    return;
  if (may_be_leftover) {
    const Origin origin = origin_of(round.session(), found.place, *file, m_directories, [&] { round.rest(); });
    if (origin == Origin::second_copy && file->remove())
      day.is_pending = true;  // its twin may be waiting for the name
    return;
  }
  // again, now that the file is locked: it may be another one, and have another row
  const FoundFile now = look_up(round.session(), {&found.place, 1}).front();
  const store::KnownFile* const row = due_row(now, day);
  if (row && may_compress(*row, *file)) {
    replace(round, *row, now, *file, day);
    round.rest();
  }
}

bool CompressFiles::may_compress(const store::KnownFile& row, const spool::LockedFile& file) const {
  const auto size = static_cast<std::uint64_t>(file.stat().st_size);
  const std::string name = spool::ArchivePlace::parse(packed_place(row.archive_path)).file_name();
  return size > k_small && size == row.size_bytes && !row.sha256.empty() && !row.grew_to && name.size() <= NAME_MAX &&
         !spool::entry_stat(file.directory(), name) && !may_be_written(file, m_open_grace) &&
         !is_packed_content(file.fd());
}

void CompressFiles::replace(Round& round, const store::KnownFile& row, const FoundFile& found,
                            const spool::LockedFile& file, Day& day) const {
  const std::string to = packed_place(found.text);
  const std::string name = spool::ArchivePlace::parse(to).file_name();
  const std::string temporary = spool::k_packing_prefix + spool::name_hash(found.text);
  const auto bytes = pack({.file = file.fd(),
                           .size_bytes = row.size_bytes,
                           .sha256 = row.sha256,
                           .directory = file.directory(),
                           .temporary = temporary,
                           .what = found.text,
                           .rest = [&] { round.rest(); }});
  if (!bytes)
    return;
  if (const int code = spool::rename_noreplace(file.directory(), temporary, file.directory(), name)) {
    ::unlinkat(file.directory(), temporary.c_str(), 0);
    if (code == EEXIST)
      return;  // another file was archived under this name meanwhile
    throw system_error(code, "name the compressed copy of " + found.text);
  }
  spool::sync_directory(file.directory(), found.text);
  crash_point("packed_named");
  if (!file.is_unchanged() || !store::set_packed(round.session(), row, to, *bytes)) {
    day.is_pending = true;  // the file or its row changed meanwhile: the copy is a leftover
    return;
  }
  crash_point("packed_recorded");
  file.remove();
  ++day.files;
  day.bytes_before += row.size_bytes;
  day.bytes_after += *bytes;
  ++round.work().files;
  round.work().bytes += row.size_bytes - *bytes;
  round.observer().files_compressed(1, row.size_bytes - *bytes);
}

}  // namespace longshore::housekeeping
