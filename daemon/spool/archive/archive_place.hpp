// A place in the archive, as in the ledger's column `archive_path`: "processed/2026-11-21/NAME", or
// "processed/2026-11-21/<claim id>/NAME" for a file in its claim's own sub-directory. NAME is the file's path below
// landing, "veh1/a.json"; it is escaped (base/text.hpp), and never begins with a claim id. The text does not depend on
// the real paths of the two directories. Parsing throws Error{fatal}; nothing here reads a disk.
//
// All code that joins or splits places uses this type.
#pragma once

#include "spool/directories.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::spool {

enum class Shelf { processed, failed };

struct ArchivePlace {
  Shelf shelf = Shelf::processed;
  std::string day;    // of the claim, UTC
  std::string claim;  // id; "" if the file is directly in the directory of its day
  std::string name;   // below landing; bytes, not escaped

  // The place for a file of this claim in the directory of its day.
  static ArchivePlace of(Shelf shelf, const std::string& claim_id, std::string name);
  // Throws Error{fatal} for a text that is not a place: it comes from a database and must not lead out of the archive.
  static ArchivePlace parse(std::string_view archive_path);

  // The same file in the claim's own sub-directory. A place that is in a sub-directory already stays unchanged.
  ArchivePlace in_claim_directory(const std::string& claim_id) const;

  // As in the ledger.
  std::string text() const;
  // Absolute: of the shelf, of the file's directory, and of the file.
  const std::string& root(const Directories& all) const;
  std::string directory_path(const Directories& all) const;
  std::string path(const Directories& all) const;
  // Its name in its directory.
  std::string file_name() const;
  // The names of the directories from the shelf to the file: the day, the claim if there is one, and those of `name`.
  std::vector<std::string> directories() const;
};

}  // namespace longshore::spool
