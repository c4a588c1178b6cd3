// Lists the archive: its days, and the files of a day. Hidden files are temporary and are left out; reason files are
// listed like any other. Memory does not grow with the number of files.
#pragma once

#include "spool/archive/archive_place.hpp"
#include "spool/directories.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::spool {

// "2026-11-21": the directories of days from `first` to `last`, both included ("": no limit), oldest first. Throws
// system_error.
std::vector<std::string> archive_days(const Directories& directories, Shelf shelf, std::string_view first,
                                      std::string_view last);

// Calls `visit` for each regular file of the day, in any directory below it. The file may be gone by then. Files may be
// removed by `visit`. Throws system_error.
void for_each_archived(const Directories& directories, Shelf shelf, const std::string& day,
                       const std::function<void(ArchivePlace place)>& visit);

// How the names of files begin that a compression has not finished: hidden, and of no use after a crash.
inline constexpr const char* k_packing_prefix = ".packing-";

// Removes unfinished compressed files, the directories below the one of the day that are empty, then that one if it is
// empty. Never throws.
void remove_empty_directories(const Directories& directories, Shelf shelf, const std::string& day) noexcept;

}  // namespace longshore::spool
