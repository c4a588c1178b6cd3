// inotify on one directory and, with watch_below(), on directories below it. An event is a hint that names an entry by
// its path below that directory; the caller must look at the entry itself. One thread.
//
// No event is sent for mmap writes, for writes through a hard link elsewhere, for writes by other hosts, or for a file
// system that is mounted over the directory. The deletion of the directory itself is reported only after all
// descriptors of it and of its entries are closed. longshore keeps some open, so the deletion of a directory in it
// (work) is a hint, too.
#pragma once

#include "base/fd.hpp"
#include "spool/landing/open_counts.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <sys/inotify.h>

namespace longshore::spool {

enum class Hint {
  moved_in,   // renamed into the directory
  closed,     // closed by a writer, also after an interrupted upload
  created,    // new: being written, or linked in (OpenSSH's SFTP renames by link and unlink: this is its only event)
  attribute,  // chmod, times, number of links
  directory,  // a directory: it was created, renamed in, or its rights were changed
  removed,    // a directory of the watched one was removed; not of those below
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
  // Also watches an open directory below, at this path, until it is removed or the next listing does not find it.
  // Returns 0, or errno if it is not watched: ENOSPC if the kernel has no watches left, EOVERFLOW beyond
  // k_most_watches.
  int watch_below(int directory, const std::string& path);
  // A listing of everything calls watch_below() for each directory between these two; what it does not find is dropped.
  void begin_listing();
  void end_listing();
  std::size_t watched_below() const { return m_below.size(); }
  // Call between many opens and closes of our own: it empties the kernel's queue, so that their events do not overflow
  // it. The next read() returns what the events said. Does nothing while opens are not counted.
  void keep_up();
  // From now on also counts how often each file is open. It costs two events for each open, also for our own.
  void count_opens();
  // Empty before count_opens().
  const OpenCounts& open_counts() const { return m_open_counts; }

  struct Events {
    bool list = false;        // events were lost, or a directory was moved: list it again
    bool overflowed = false;  // events were lost
    bool lost = false;        // the directory was moved, deleted or unmounted: its path no longer leads to it
  };
  // Calls `visit` for each pending event, up to a limit; further events keep the descriptor readable. Never blocks.
  Events read(const std::function<void(std::string_view path, Hint)>& visit);

  static constexpr std::size_t k_most_watches = 65'536;  // below: about 10 MB

 private:
  struct Below {
    std::string path;
    std::uint64_t listing = 0;  // that found it last
  };

  using Visit = std::function<void(std::string_view path, Hint)>;

  void drain(Events& events, const Visit& visit);
  void read_event(const inotify_event& event, const char* name, Events& events, const Visit& visit);
  bool read_event_below(const inotify_event& event, Events& events, std::string& path);
  void count(std::string_view name, unsigned mask);
  void remove_watches(const std::vector<int>& watches);
  std::uint32_t mask() const;

  static constexpr std::size_t k_most_counted = 10'000;
  static constexpr std::size_t k_most_kept = 20'000;  // hints of keep_up()

  Fd m_inotify;
  int m_watch = -1;
  std::string m_directory;
  std::unordered_map<int, Below> m_below;  // by watch
  std::uint64_t m_listing = 0;
  // Hashes of the paths that this listing may still find watched; set when k_most_watches was reached in it.
  std::optional<std::unordered_set<std::size_t>> m_not_found_yet;
  std::vector<std::pair<std::string, Hint>> m_kept;  // what keep_up() has read
  Events m_kept_events;
  bool m_counts_opens = false;
  OpenCounts m_open_counts{k_most_counted};
};

}  // namespace longshore::spool
