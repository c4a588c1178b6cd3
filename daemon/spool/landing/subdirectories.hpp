// The directories below landing: opens those that are read, watches them, and counts the unread ones. One thread.
#pragma once

#include "base/fd.hpp"
#include "spool/directories.hpp"
#include "spool/landing/subdirectory.hpp"
#include "spool/landing/unread_directories.hpp"
#include "spool/landing/watcher.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::spool {

class Subdirectories {
 public:
  // is_recursive: the setting. If it is false, all are unread. `watcher` must outlive it.
  Subdirectories(const Directories& directories, bool is_recursive, Watcher& watcher)
      : m_directories(directories), m_is_recursive(is_recursive), m_watcher(watcher) {}

  // Landing is gone.
  void detach() { m_unread.clear(); }

  // Call around a listing of everything.
  void begin_listing();
  void end_listing();
  // Opens the directory `path`, which is the entry `name` of `parent`, and watches it before it returns, so that an
  // event tells what comes after the caller has listed it. No descriptor: it is unread, or longshore's own. Throws
  // system_error if descriptors or memory run out.
  Fd enter(int parent, const std::string& name, const std::string& path);
  // It was entered and could not be listed.
  void add_unread(const std::string& path, const std::string& why);
  // It does not exist any more.
  void removed(std::string_view path) { m_unread.removed(path); }

  std::uint64_t unread() const { return m_unread.count(); }
  // Logs, once, that there are unread directories, and that some are not watched.
  void warn();

 private:
  void watch(int directory, const std::string& path);

  const Directories m_directories;
  const bool m_is_recursive;
  Watcher& m_watcher;
  OwnDirectories m_own;
  UnreadDirectories m_unread;
  std::size_t m_entered = 0;
  std::uint64_t m_unwatched = 0;
  int m_why_unwatched = 0;    // errno of the first one
  bool m_has_warned = false;  // of m_unwatched
};

}  // namespace longshore::spool
