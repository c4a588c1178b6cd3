// A file that was found in the archive, and what the ledger says of its place. A place may have several rows: a place
// is free again after its file left, and a later file may have got it.
//
// A crash of housekeeping leaves files that no row names as its copy (leftovers). They are known by place and content,
// never by the name alone: a file of which a restored database does not know may have the same name.
#pragma once

#include "housekeeping/content_hash.hpp"
#include "spool/archive/archive_place.hpp"
#include "spool/archive/locked_file.hpp"
#include "spool/directories.hpp"
#include "store/ledger_query.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace longshore::housekeeping {

// What a compressed copy is called: its file's name and this.
inline constexpr const char* k_packed_suffix = ".zst";
// The place of the compressed copy of this file, and the other way round: "" if the name has no such suffix.
std::string packed_place(const std::string& place);
std::string unpacked_place(const std::string& place);

struct FoundFile {
  spool::ArchivePlace place;
  std::string text = {};                              // of the place
  std::vector<store::KnownFile> rows = {};            // that name it
  std::vector<store::KnownFile> twins = {};           // that name its compressed copy, or the file of which it is one
  std::vector<const store::KnownFile*> live() const;  // of `rows`, those that are not purged
};

inline constexpr std::size_t k_most_found = 100;
// One statement for at most 100 places: with two of them, a row might move from one place to the other in between.
std::vector<FoundFile> look_up(store::Session& session, std::span<const spool::ArchivePlace> places);

enum class Origin {
  known,        // a row names it as its copy
  purged,       // the row of its content is purged: a purge died before it removed this file
  second_copy,  // its content has its copy, which can be read: a compression died before it removed this file
  unclear,      // another process works on its twin, or it may be the last copy of a recorded content
  unknown,
};
// Asks the ledger while the file is locked: what was looked up before may be out of date. Reads the file unless it is
// known, and its twin, which takes long for large files. Throws what the session, `rest` and system_error throw.
Origin origin_of(store::Session& session, const spool::ArchivePlace& place, const spool::LockedFile& file,
                 const spool::Directories& directories, const Rest& rest);

// Whether the file has the content that was loaded. Reads all of it; `place` is for messages. Throws system_error.
bool has_content_of(const store::KnownFile& row, const std::string& place, const spool::LockedFile& file,
                    const Rest& rest);
// Whether its mtime is still the one that it had when it was loaded.
bool has_mtime_of(const store::KnownFile& row, const spool::LockedFile& file);
// Whether a process has it open for writing. Where the kernel does not say so, whether it changed within `open_grace`.
bool may_be_written(const spool::LockedFile& file, std::chrono::milliseconds open_grace);

}  // namespace longshore::housekeeping
