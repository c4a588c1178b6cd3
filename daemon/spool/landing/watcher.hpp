// inotify on one directory, and nothing else. Events are hints that name an entry: what is true of the entry is found
// out by looking at it. One thread. Not told by any event: mmap writes, writes through a hard link elsewhere, other
// hosts' writes, a file system mounted over the directory. That the directory itself was deleted is told only when
// nobody has it or anything in it open, and we have: so the deletion of a directory in it (work) counts as a hint.
#pragma once

#include "base/fd.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace longshore::spool {

enum class Hint {
  moved_in,   // renamed into the directory
  closed,     // closed by a writer; also one that broke off
  created,    // new: being written, or linked in, which is how OpenSSH's SFTP renames and all that it tells
  attribute,  // chmod, times, number of links
};

class Watcher {
 public:
  Watcher();

  // Readable when there are events; -1 where the kernel has no inotify instance left.
  int fd() const { return m_inotify.get(); }

  // Watches this directory instead of the one before. False when it cannot be watched (no watches left, not there).
  bool watch(const std::string& directory);
  void unwatch();

  struct News {
    bool list = false;  // events were lost, or a directory in it was deleted: list it, and see whether it is there
    bool overflowed = false;  // that is why
    bool lost = false;  // the watched directory was moved, deleted or unmounted: it no longer is what the path says
  };
  // Tells each event that is there, up to a bound (more keep the descriptor readable). Never blocks.
  News read(const std::function<void(std::string_view name, Hint)>& tell);

 private:
  Fd m_inotify;
  int m_watch = -1;
};

}  // namespace longshore::spool
