#include "spool/archive/archive_listing.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/time.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

bool is_day(std::string_view name) { return name.size() == 10 && parse_date(name).days.has_value(); }

// `in`: the directory; its name is the part of its path that files have below landing.
void list(int directory, const ArchivePlace& in, const std::function<void(ArchivePlace)>& visit) {
  for_each_entry(directory, [&](const char* entry) {
    const auto st = entry_stat(directory, entry);
    if (!st || entry[0] == '.')
      return;
    ArchivePlace found = in;
    if (S_ISDIR(st->st_mode) && in.claim.empty() && in.name.empty() && is_claim_id(entry))
      found.claim = entry;
    else
      found.name += (in.name.empty() ? "" : "/") + std::string{entry};
    if (S_ISREG(st->st_mode))
      return visit(std::move(found));
    const Fd below{::openat(directory, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (below)
      list(below.get(), found, visit);
    else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)  // its files must not look like missing ones
      throw system_error(errno, "open directory " + found.text());
  });
}

// Removes the directory `name` if it has nothing but unfinished files and directories of that kind.
void remove_empty(int parent, const char* name) {
  if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || (errno != ENOTEMPTY && errno != EEXIST))
    return;
  const Fd directory{::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory)
    return;
  for_each_entry(directory.get(), [&](const char* entry) {
    if (std::string_view{entry}.starts_with(k_packing_prefix))
      ::unlinkat(directory.get(), entry, 0);
    else
      remove_empty(directory.get(), entry);  // not a file: ENOTDIR
  });
  ::unlinkat(parent, name, AT_REMOVEDIR);
}

}  // namespace

std::vector<std::string> archive_days(const Directories& directories, Shelf shelf, std::string_view first,
                                      std::string_view last) {
  std::vector<std::string> days;
  const std::string& root = ArchivePlace{shelf, "", "", ""}.root(directories);
  if (!entry_stat(AT_FDCWD, root))
    return days;
  for_each_entry(open_directory(root).get(), [&](const char* name) {
    if (is_day(name) && name >= first && (last.empty() || name <= last))
      days.emplace_back(name);
  });
  std::ranges::sort(days);
  return days;
}

void for_each_archived(const Directories& directories, Shelf shelf, const std::string& day,
                       const std::function<void(ArchivePlace)>& visit) {
  const ArchivePlace place{shelf, day, "", ""};
  const std::string path = place.directory_path(directories);
  if (entry_stat(AT_FDCWD, path))
    list(open_directory_at(AT_FDCWD, path).get(), place, visit);
}

void remove_empty_directories(const Directories& directories, Shelf shelf, const std::string& day) noexcept {
  try {
    const Fd root = open_directory_at(AT_FDCWD, ArchivePlace{shelf, "", "", ""}.root(directories));
    remove_empty(root.get(), day.c_str());
  } catch (const Error&) {  // the next round removes them
  }
}

}  // namespace longshore::spool
