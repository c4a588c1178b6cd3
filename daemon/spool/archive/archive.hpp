// Moves finished files into processed/ and failed/, which have a directory for each UTC day. Files keep their names.
// Never replaces or deletes a file there. Throws Error{transient} if a directory cannot be used: call it again later.
//
// Places are given as in the ledger, see archive_place.hpp. The directories of landing are mirrored: landing/a/b.json
// goes to processed/<day>/a/b.json. A failed file always goes into its claim's own sub-directory: no other file can
// ever have its place, so a command may move it by the place in its row. A processed file goes there if its name is
// taken in the directory of the day, or if it belongs to a large claim, whose directory is moved as a whole.
//
// Threads: each loader has its own Archive; several may work on the same directories.
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"
#include "spool/archive/archive_place.hpp"
#include "spool/directories.hpp"
#include "spool/return_to_landing.hpp"
#include "spool/work/workspace.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace longshore::spool {

// A claim of at least this many files is moved as one directory, which costs an inode and a block. A rename of a file
// to another directory blocks all other renames of the file system. With one rename for each claim instead of one for
// each file, 25 % more small files were loaded per second.
constexpr std::size_t k_large_claim = 64;

class Archive {
 public:
  explicit Archive(const Directories& directories);

  // A place for the ledger row. One in processed/ is free now, but not reserved: see move(). `files` is the number of
  // files that finish together. Throws system_error.
  std::string choose(Shelf shelf, const Claim& claim, const std::string& name, std::size_t files = 1) const;

  // Moves a claimed file to the place in its ledger row. Does nothing if the file is there already. Returns false if
  // another file has this place now: nothing was moved. Then write aside() into the ledger first, and move the file
  // there, so that no row ever names another file. To another file system the file is copied and read back before the
  // source is removed. A file that differs from sha256 (hex, empty if not known) is moved with a warning. Throws
  // Error{transient}; code() is ENOENT if the file is neither in the claim nor at its place.
  bool move(const Claim& claim, const std::string& name, const std::string& archive_path, const std::string& sha256);
  // The place in the claim's own sub-directory, which no other claim uses.
  std::string aside(const std::string& archive_path, const Claim& claim) const;

  // Moves the claim's directory, with files of exactly these names, to processed/, where their places are aside().
  // Returns false if nothing was moved: then move each file alone. The reasons are another entry in the directory, an
  // archive on another file system, or a directory that cannot get the rights of a new directory there. Throws
  // Error{transient}.
  bool move_together(const Claim& claim, const std::set<std::string_view>& names);

  // Writes and removes the reason beside the place of a claimed file, see reason_file.hpp. The ledger has the reason,
  // too. A file of the claim that has the name of the reason keeps its place. Throws system_error.
  void write_reason(const Claim& claim, const std::string& archive_path, std::string_view text);
  void remove_reason(const std::string& archive_path, std::string_view text);

  // Opens a finished file for reading: at its place, in its claim's sub-directory, or in a readable work directory,
  // because the row is written before the move. Follows no link. Returns no descriptor if the file is in none of these.
  // Throws system_error if it cannot be opened, Error{fatal} like resolve().
  Fd open(const std::string& archive_path, const std::string& claim_id) const;
  // The place where the file of a row is: `archive_path`, or the place in its claim's sub-directory if an operator
  // moved the file there, or if an older ledger was restored. nullopt if the file is at neither place. Throws like
  // resolve().
  std::optional<std::string> find(const std::string& archive_path, const std::string& claim_id) const;
  // Moves an archived file back into the landing directory. Also removes its reason, whose first line is given ("" for
  // none), and what is empty then of the claim's sub-directory. `locked`: the file, if the caller has locked it. Throws
  // Error{transient}.
  Returned return_to_landing(const std::string& place, std::string_view reason, int locked = -1);

  // The absolute path. Throws Error{fatal} for a text that is not a place in the archive.
  std::string resolve(const std::string& archive_path) const;

  // fsync of the directories that were changed since the last call; call it once a batch. Throws system_error.
  void sync();

 private:
  Fd open_claimed(const std::string& claim_id, const std::string& name) const;
  // Creates it if it does not exist. -1 if something else has its name, or the name of a directory around it.
  int try_directory_of(const ArchivePlace& place);
  int directory_of(const ArchivePlace& place);
  void remove_if_empty(const ArchivePlace& place);
  Error lost(int code, const std::string& what);
  int put(const Claim& claim, const std::string& name, const ArchivePlace& place, const std::string& sha256);

  static constexpr std::size_t k_most_open = 64;

  Directories m_directories;
  std::map<std::string, Fd> m_open;  // by path: changed since the last sync()
};

}  // namespace longshore::spool
