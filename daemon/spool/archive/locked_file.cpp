#include "spool/archive/locked_file.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace longshore::spool {

Fd lock_named(int directory, const std::string& name, struct stat& st) {
  Fd file = open_regular(directory, name, st);
  if (!file) {
    errno = errno == ELOOP || errno == ENOTDIR ? ENOENT : errno;
    return file;
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return {};
  const auto named = entry_stat(directory, name);
  if (named && is_same_inode(*named, st))
    return file;
  errno = ENOENT;
  return {};
}

std::optional<LockedFile> LockedFile::open(const Directories& directories, const ArchivePlace& place) {
  LockedFile locked;
  locked.m_name = place.file_name();
  locked.m_directory = Fd{::open(place.root(directories).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (const std::string& name : place.directories())
    if (locked.m_directory)
      locked.m_directory =
          Fd{::openat(locked.m_directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (locked.m_directory)
    locked.m_file = lock_named(locked.m_directory.get(), locked.m_name, locked.m_stat);
  if (locked.m_file)
    return locked;
  if (errno == ENOENT || errno == EWOULDBLOCK)
    return {};
  throw system_error(errno, "open " + place.text());
}

bool LockedFile::is_unchanged() const {
  const struct stat now = stat_of(m_file.get(), escape(m_name));
  return now.st_size == m_stat.st_size && now.st_mtim.tv_sec == m_stat.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == m_stat.st_mtim.tv_nsec;
}

bool LockedFile::remove() const {
  const auto named = entry_stat(m_directory.get(), m_name);
  if (!named || !is_same_inode(*named, m_stat) || !is_unchanged())
    return false;
  if (::unlinkat(m_directory.get(), m_name.c_str(), 0) == 0)
    return true;
  throw system_error(errno, "remove " + escape(m_name));
}

}  // namespace longshore::spool
