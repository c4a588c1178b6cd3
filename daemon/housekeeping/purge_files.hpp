// Removes archived files that are older than keep_processed or keep_failed. Age counts from finished_at in the ledger:
// a replay of the file makes it young again.
//
// The ledger first: purged_at is committed, then the file is unlinked, so `longshore verify` never misses it. A crash
// between leaves a file of which the row is purged: the next round finds and removes it. The directories are the list
// of what to do, because only files that exist must be looked at.
//
// A file stays if it grew and was not replayed, if its size or content differs from the ledger, if a process has it
// open for writing, and if no row or more than one names its place: another archive with this database may have a file
// at the same place. A loaded file with the size and mtime of the ledger is not read. A failed file that was edited
// counts from its mtime.
#pragma once

#include "housekeeping/due_days.hpp"
#include "housekeeping/file_faults.hpp"
#include "housekeeping/found_file.hpp"
#include "housekeeping/step.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace longshore::housekeeping {

class PurgeFiles : public Step {
 public:
  // The directories must outlive it. `open_grace` as in the settings.
  PurgeFiles(spool::Shelf shelf, std::chrono::milliseconds age, const spool::Directories& directories,
             std::chrono::milliseconds open_grace);

  std::string_view name() const override;
  std::string_view task() const override;
  void run(Round& round) override;

 private:
  struct Candidate;
  struct Day;

  void purge_day(Round& round, const std::string& day, FileFaults& faults);
  void purge_chunk(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day);
  std::vector<Candidate> lock_candidates(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day) const;
  static void refresh(Round& round, std::vector<Candidate>& candidates);
  bool is_to_be_removed(Round& round, Candidate& candidate, Day& day) const;
  bool is_due(const FoundFile& found, Day& day) const;
  bool may_remove(Round& round, const Candidate& candidate, Day& day) const;
  bool is_failed_one_due(const store::KnownFile& row, const spool::LockedFile& file, Day& day) const;
  static void record(Round& round, std::vector<Candidate>& candidates);
  void remove(const Candidate& candidate, Day& day) const;
  void report(const std::string& name, const Day& day);

  const spool::Shelf m_shelf;
  const std::int64_t m_age;  // microseconds
  const spool::Directories& m_directories;
  const std::chrono::milliseconds m_open_grace;
  DueDays m_days;
  std::map<std::string, std::uint64_t> m_unequal;  // by day: files that stay because of their content, as logged
  std::map<std::string, std::uint64_t> m_shared;   // by day: files that stay because several rows name them, as logged
};

}  // namespace longshore::housekeeping
