// processed/ and failed/: a directory for each UTC day, files under the names they came with. Nothing in them is ever
// replaced or deleted. A place is written as it stands in the ledger: "processed/2026-11-21/NAME", the name escaped
// (base/text.hpp), whatever the two directories are really called; "processed/2026-11-21/<claim id>/NAME" when the
// shorter one is taken, and for the files of a large claim, which are moved at once with its directory.
//
// Threads: each loader has an Archive of its own; several work on the same directories at once.
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"
#include "spool/directories.hpp"
#include "spool/return_to_landing.hpp"
#include "spool/work/workspace.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace longshore::spool {

enum class Shelf { processed, failed };

// So many files are worth a directory of their own, which costs an inode and a block. A rename between two directories keeps all
// others of the file system waiting: without those into the archive a quarter more small files were loaded a second.
constexpr std::size_t k_large_claim = 64;

class Archive {
 public:
  explicit Archive(const Directories& directories);

  // A place that is free now, to be written into the ledger before COMMIT. It is not reserved: see move(). `files` are settled
  // together. Throws system_error.
  std::string choose(Shelf shelf, const Claim& claim, const std::string& name, std::size_t files = 1) const;

  // Moves a claimed file to the place that its ledger row names; false: another file has taken that meanwhile, and nothing
  // was done. Then tell the ledger of aside() first and move it there, so that no row ever names another's file. Calling
  // it again after it succeeded is no fault, so whoever recovers just calls it. To another file system the file is copied,
  // made durable and read back before the source is unlinked; sha256 (hex, empty when not known) is what the ledger says
  // of it: a file that was changed since is kept as it is, with a warning. Throws Error{transient}; code() is ENOENT when
  // the file is neither in the claim nor at its place.
  bool move(const Claim& claim, const std::string& name, const std::string& archive_path, const std::string& sha256);
  // The place in the claim's own sub-directory, where no other claim puts anything.
  std::string aside(const std::string& archive_path, const Claim& claim) const;

  // Moves the claim's directory with the files of these names to processed/, where their places are aside(). False: nothing was
  // done, and each is to be moved by itself, because the directory holds something else too, the archive is on another file
  // system, or the directory cannot be given the group, mode and access list of one that is made there. Throws Error{transient}.
  bool move_together(const Claim& claim, const std::set<std::string_view>& names);

  // "<name>.reason.txt" beside the file; a name too long for that is cut, with a hash of the whole. The first line says
  // whose reason it is: an earlier one with the same line is replaced, and beside any other file of that name it gets a
  // hash for a name. Not made durable: the ledger has the reason too. Throws system_error.
  void write_reason(const std::string& archive_path, std::string_view text);
  // Takes back what write_reason() did; what has another first line stays.
  void remove_reason(const std::string& archive_path, std::string_view text);

  // A settled file for reading: at its place or aside, or still in a work directory that we may read, since the row is written
  // before the move. No descriptor when it is nowhere. Follows no link. Throws
  // system_error for what is there and cannot be opened, Error{fatal} like resolve().
  Fd open(const std::string& archive_path, const std::string& claim_id) const;
  // Where a file is that a row names: there, or aside in its claim's sub-directory, where a hand or a restored ledger
  // may have left it. nullopt: neither. Throws like resolve().
  std::optional<std::string> find(const std::string& archive_path, const std::string& claim_id) const;
  // Moves an archived file back into the landing directory; then its reason, whose first line is given, goes too, and the
  // sub-directory of its claim once that is empty. Throws Error{transient}.
  Returned return_to_landing(const std::string& place, std::string_view reason);

  // The absolute path. Throws Error{fatal} for what is no place in the archive.
  std::string resolve(const std::string& archive_path) const;

  // fsync of the directories that were changed since the last time: once a batch. Throws system_error.
  void sync();

 private:
  struct Place {
    std::string root;       // absolute
    std::string directory;  // below it: "2026-11-21" or "2026-11-21/<claim id>"
    std::string name;       // the bytes
  };

  Place place_of(const std::string& archive_path) const;
  Fd open_claimed(const std::string& claim_id, const std::string& name) const;
  int directory_of(const Place& place);
  Error lost(int code, const std::string& what);
  int put(const Claim& claim, const std::string& name, const Place& place, const std::string& sha256);

  Directories m_directories;
  std::map<std::string, Fd> m_open;  // by path: what was changed since the last sync()
};

}  // namespace longshore::spool
