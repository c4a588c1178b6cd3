#include "spool/landing/subdirectories.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace longshore::spool {
namespace {

constexpr std::size_t k_entered_at_once = 500;  // eight events each while opens are counted

std::string remedy(int why_unwatched, std::size_t directories) {
  if (why_unwatched == EOVERFLOW)
    return "longshore watches at most " + std::to_string(Watcher::k_most_watches) +
           " directories; remove those that are not used any more";
  const std::string sysctl = "sysctl fs.inotify.max_user_watches=" + std::to_string(2 * directories);
  return (why_unwatched == ENOSPC ? sysctl : std::string{std::strerror(why_unwatched)}) +
         "; remove directories that are not used any more";
}

}  // namespace

void Subdirectories::begin_listing() {
  m_unread.clear();
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
    m_unread.add(path, "recursive is off");
    return {};
  }
  Subdirectory directory = open_subdirectory(parent, name, path, m_own);
  if (!directory.why.empty()) {
    add_unread(path, directory.why);
    return {};
  }
  if (directory.fd)
    watch(directory.fd.get(), path);
  return std::move(directory.fd);
}

void Subdirectories::watch(int directory, const std::string& path) {
  if (++m_entered % k_entered_at_once == 0)
    m_watcher.keep_up();
  const int code = m_watcher.watch_below(directory, path);
  if (code == 0)
    return;
  if (m_unwatched++ == 0)
    m_why_unwatched = code;
}

void Subdirectories::add_unread(const std::string& path, const std::string& why) {
  m_unread.add(path, why);
  m_unread.warn_of(path, why);
}

void Subdirectories::warn() {
  if (!m_is_recursive)
    m_unread.warn("set recursive = true to load their files");
  if (m_unwatched == 0 || m_watcher.fd() < 0 || std::exchange(m_has_warned, true))
    return;
  log::warn("{} directories in \"{}\" cannot be watched: their files are found by a listing, every `rescan` (hint: {})",
            m_unwatched, escape(m_directories.landing),
            remedy(m_why_unwatched, m_watcher.watched_below() + m_unwatched));
}

}  // namespace longshore::spool
