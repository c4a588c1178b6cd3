// Replaces loaded files that are older than compress_processed by a zstd copy with the suffix .zst, in the same
// directory. The order: write a temporary file, sync, read it back, name it, ledger (archive_path, packed_bytes),
// unlink the original. At each instant a complete copy is where the ledger says. A crash leaves a second copy, which a
// later round knows by its place and content, and removes.
//
// A file stays as it is if its content is compressed already, if it is small, if it would not become smaller, if
// another file has the name with .zst, if it grew, if a process has it open for writing, or if several rows name its
// place.
#pragma once

#include "housekeeping/due_days.hpp"
#include "housekeeping/file_faults.hpp"
#include "housekeeping/found_file.hpp"
#include "housekeeping/step.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace longshore::housekeeping {

class CompressFiles : public Step {
 public:
  // The directories must outlive it. `open_grace` as in the settings.
  CompressFiles(std::chrono::milliseconds age, const spool::Directories& directories,
                std::chrono::milliseconds open_grace);

  std::string_view name() const override { return "compress_processed"; }
  std::string_view task() const override { return name(); }
  void run(Round& round) override;

 private:
  struct Day;

  void compress_day(Round& round, const std::string& day, FileFaults& faults);
  static const store::KnownFile* due_row(const FoundFile& found, Day& day);
  void compress(Round& round, const FoundFile& found, Day& day) const;
  bool may_compress(const store::KnownFile& row, const spool::LockedFile& file) const;
  void replace(Round& round, const store::KnownFile& row, const FoundFile& found, const spool::LockedFile& file,
               Day& day) const;

  const std::int64_t m_age;  // microseconds
  const spool::Directories& m_directories;
  const std::chrono::milliseconds m_open_grace;
  DueDays m_days;
};

}  // namespace longshore::housekeeping
