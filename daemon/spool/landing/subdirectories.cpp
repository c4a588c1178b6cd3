#include "spool/landing/subdirectories.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <utility>

namespace longshore::spool {

void Subdirectories::begin_listing() {
  m_passed.clear();
  m_unwatched = 0;
  m_watcher.begin_listing();
  if (m_is_recursive)
    m_own = OwnDirectories{m_directories};
}

void Subdirectories::end_listing() { m_watcher.end_listing(); }

Fd Subdirectories::enter(int parent, const std::string& name, const std::string& path) {
  if (m_directories.is_own(m_directories.landing + "/" + path))
    return {};
  if (!m_is_recursive) {
    m_passed.add(path, "recursive is off");
    return {};
  }
  Subdirectory directory = open_subdirectory(parent, name, path, m_own);
  if (directory.fd)
    directory.why = why_not_writable(directory);
  if (!directory.why.empty()) {
    m_passed.add(path, directory.why);
    return {};
  }
  if (directory.fd && !m_watcher.watch_below(directory.fd.get(), path))
    ++m_unwatched;
  return std::move(directory.fd);
}

void Subdirectories::warn() {
  m_passed.warn(m_is_recursive ? "see docs/input.md, Directories" : "set recursive = true to load their files");
  if (m_unwatched == 0 || m_watcher.fd() < 0 || std::exchange(m_has_warned, true))
    return;
  log::warn(
      "{} directories in \"{}\" cannot be watched: their files are found by a listing, every `rescan` (hint: sysctl "
      "fs.inotify.max_user_watches={}; remove directories that are not used any more)",
      m_unwatched, escape(m_directories.landing), 2 * (m_watcher.watched_below() + m_unwatched));
}

}  // namespace longshore::spool
