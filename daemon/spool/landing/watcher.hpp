// inotify on one directory. An event is a hint that names an entry; the caller must look at the entry itself. One
// thread.
//
// No event is sent for mmap writes, for writes through a hard link elsewhere, for writes by other hosts, or for a file
// system that is mounted over the directory. The deletion of the directory itself is reported only after all
// descriptors of it and of its entries are closed. longshore keeps some open, so it also takes the deletion of a
// directory in it (work) as a hint.
#pragma once

#include "base/fd.hpp"
#include "spool/landing/open_counts.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace longshore::spool {

enum class Hint {
  moved_in,   // renamed into the directory
  closed,     // closed by a writer, also after an interrupted upload
  created,    // new: being written, or linked in (OpenSSH's SFTP renames by link and unlink: this is its only event)
  attribute,  // chmod, times, number of links
};

class Watcher {
 public:
  Watcher();

  // Readable when there are events; -1 if the kernel had no inotify instance left.
  int fd() const { return m_inotify.get(); }

  // Watches this directory instead of the previous one. False if it cannot be watched (no watches left, does not
  // exist).
  bool watch(const std::string& directory);
  void unwatch();
  // From now on also counts how often each file is open. It costs two events for each open, also for our own.
  void count_opens();
  // Empty before count_opens().
  const OpenCounts& open_counts() const { return m_open_counts; }

  struct Events {
    bool list = false;        // events were lost, or a directory in it was deleted: list it again
    bool overflowed = false;  // events were lost
    bool lost = false;        // the directory was moved, deleted or unmounted: its path no longer leads to it
  };
  // Calls `visit` for each pending event, up to a limit; further events keep the descriptor readable. Never blocks.
  Events read(const std::function<void(std::string_view name, Hint)>& visit);

 private:
  void count(std::string_view name, unsigned mask);

  static constexpr std::size_t k_most_counted = 10'000;

  Fd m_inotify;
  int m_watch = -1;
  std::string m_directory;
  bool m_counts_opens = false;
  OpenCounts m_open_counts{k_most_counted};
};

}  // namespace longshore::spool
