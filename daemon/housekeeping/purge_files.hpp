// Removes archived files that are older than keep_processed or keep_failed. Age counts from finished_at in the ledger:
// a replay of the file makes it young again.
//
// The ledger first: purged_at is committed, then the file is unlinked, so `longshore verify` never misses it. A crash
// between leaves a file of which the row is purged: the next round finds and removes it. The directories are the list
// of what to do, because only files that exist must be looked at.
//
// A file stays if it grew and was not replayed, if its size differs from the ledger, if a process has it open for
// writing, and if no row names it. A failed file that was edited counts from its mtime.
#pragma once

#include "housekeeping/due_days.hpp"
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
  // The directories must outlive it.
  PurgeFiles(spool::Shelf shelf, std::chrono::milliseconds age, const spool::Directories& directories);

  std::string_view name() const override;
  void run(Round& round) override;

 private:
  struct Candidate;
  struct Day;

  void purge_day(Round& round, const std::string& day);
  void purge_chunk(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day);
  std::vector<Candidate> lock_candidates(Round& round, const std::vector<spool::ArchivePlace>& places, Day& day) const;
  static void refresh(Round& round, std::vector<Candidate>& candidates);
  bool is_to_be_removed(Round& round, Candidate& candidate, Day& day) const;
  bool is_due(const FoundFile& found, Day& day) const;
  bool may_remove(const Candidate& candidate, Day& day) const;
  void record(Round& round, std::vector<Candidate>& candidates) const;
  void remove(const Candidate& candidate, Day& day) const;
  void report(const std::string& name, const Day& day);

  const spool::Shelf m_shelf;
  const std::int64_t m_age;  // microseconds
  const spool::Directories& m_directories;
  DueDays m_days;
  std::map<std::string, std::uint64_t> m_unequal;  // by day: files that stay because of their size, as logged
};

}  // namespace longshore::housekeeping
