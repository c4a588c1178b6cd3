// The landing directory: which files are complete and may be claimed. It only reads; it never moves, writes or removes
// a file. look() throws if a directory cannot be read. One thread.
//
// Events are hints; the listing decides. A file is ready
//   - at once when it was renamed in,
//   - `close_delay` after its writer closed it,
//   - when it was not changed for `settle` if only a listing or its creation showed it,
// and only if its last bytes can end a document. If they cannot, or if the file is empty, it is ready when it was not
// changed for `grace`: then the decoder rejects it. Every further write starts these times again.
//
// Memory is bounded by look_ahead and known, for any number of files; files beyond these limits wait in the
// directory. A listing calls stat for every name and remembers the oldest `known` files. It opens none of them: the
// last bytes of a file are read when it is among the oldest. A million files need about 16 listings.
//
// With `recursive`, the directories in landing are part of it: names are paths ("veh1/a.json"), listings and events
// include them (subdirectories.hpp), and a directory that is created or moved in is listed at once.
//
// A file that a process has open for writing is not ready: it waits until it is closed, or until it was not changed for
// `open_grace`.
#pragma once

#include "base/fd.hpp"
#include "spool/candidate.hpp"
#include "spool/directories.hpp"
#include "spool/landing/judge.hpp"
#include "spool/landing/landing_settings.hpp"
#include "spool/landing/listing.hpp"
#include "spool/landing/oldest.hpp"
#include "spool/landing/open_writers.hpp"
#include "spool/landing/recheck_queue.hpp"
#include "spool/landing/subdirectories.hpp"
#include "spool/landing/watcher.hpp"
#include "spool/seen_before.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::spool {

class Landing {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // How a file of this name ends; nullopt if no feed matches the name.
  using Router = std::function<std::optional<Ending>(std::string_view name)>;

  // Call prepare() before. `writers` must outlive it.
  Landing(const Directories& directories, LandingSettings settings, Router route, OpenWriters& writers);

  // For poll(POLLIN): readable when there are events. -1 if inotify is not available.
  int fd() const { return m_watcher.fd(); }

  // Reads events, lists the directory when it is time, and fills the lists below. Never blocks. A missing landing
  // directory is not an error: later calls look for it again; with `once` it is Error{fatal}. Throws Error{transient}
  // if the work directory is missing or descriptors run out. Then call it again later: it lists the directory again, so
  // no file is lost.
  void look();
  // When to call look() even without events; nullopt if only events matter. An instant in the past means now.
  std::optional<Instant> next_look() const;

  // Complete files, oldest first, at most look_ahead. The caller erases what it takes and keeps the order of the rest.
  // A file may have been removed or changed since: Workspace::claim() then leaves it out, and it appears here again
  // later.
  std::vector<Candidate>& ready() { return m_ready; }

  // Files with such names stay where they are: they are waiting, but not ready, and drained() does not wait for them.
  // Replaces an earlier predicate; a name that it held is offered again only after another event or listing.
  void hold(std::function<bool(std::string_view name)> is_held);

  // Call this after files were taken from ready() and could not be claimed: they become ready again soon.
  void list_again() { scan_soon(std::chrono::steady_clock::now()); }

  // Regular files of no feed, not changed for `settle`. Each (name, size, mtime) is returned once; memory of that is
  // bounded.
  std::vector<Candidate> take_unrouted();

  struct Waiting {
    std::uint64_t files = 0;           // files of feeds that are not ready: too young, unreadable, beyond look_ahead
    std::vector<std::string> young;    // a few names of those that are too young or end too early
    bool truncated_documents = false;  // some of them end too early
    std::uint64_t open = 0;            // of `files`: a process has them open for writing
  };
  Waiting waiting() const;
  // The oldest file that is ready, was listed, or cannot be read.
  std::optional<Candidate> oldest() const;
  // The landing directory does not exist now.
  bool is_missing() const { return m_is_missing; }
  // Directories in it whose files are not loaded (unread_directories.hpp).
  std::uint64_t unread_directories() const { return m_subdirectories.unread(); }
  // How often the kernel has lost events.
  std::uint64_t overflows() const { return m_overflows; }

  // For `once`: true if nothing is ready, nothing becomes ready by waiting for `settle`, and take_unrouted() has
  // returned all files of no feed. Does not wait for documents that end too early, for files with an open writer, or
  // for files that were offered before and could not be claimed. False before the first look().
  bool drained() const;

 private:
  // Files of feeds that only the next listing will show again.
  struct Postponed {
    std::uint64_t files = 0;
    std::optional<Candidate> oldest{};  // of those whose stat is known

    void see(const Candidate& candidate) {
      if (!oldest || is_older(candidate, *oldest))
        oldest = candidate;
    }
    void add(const Candidate& candidate) {
      ++files;
      see(candidate);
    }
  };

  // the directory
  bool attach(Instant now);
  void detach(Instant now);
  bool is_still_the_directory() const;
  std::chrono::milliseconds interval();
  // sources of names
  void scan(Instant now);
  struct Scan;
  void list(int directory, const std::string& below, Scan& scan);
  void list_entry(int directory, const std::string& path, Scan& scan);
  void list_directory(int parent, const std::string& path, Scan& scan);
  void judge_listed(Instant now);
  void scan_soon(Instant now);
  void read_events(Instant now);
  RecheckQueue::Entry entry_of(std::string_view name) const;
  void recheck_after(Hint hint, std::string_view name, Instant now);
  void remember_directory(std::string_view path, Instant now);
  void list_found(Instant now);
  bool list_new(int parent, const std::string& path, Instant now);
  void directory_removed(std::string_view path, Instant now);
  void judge_recheck(Instant now);
  // what follows from a judgement
  bool apply(const std::string& name, Judgement& judgement, Instant now, Oldest& found);
  bool recheck_later(const std::string& name, const Judgement& judgement, Instant now);
  void log_once(const std::string& name, std::string_view why);
  bool is_ready(const Candidate& candidate) const;
  void add_ready(Oldest found);
  void add_unrouted(Candidate candidate);

  OpenWriters& m_writers;
  Directories m_directories;
  LandingSettings m_settings;
  Router m_route;
  std::function<bool(std::string_view)> m_is_held = [](std::string_view) { return false; };

  Watcher m_watcher;
  Subdirectories m_subdirectories;
  Fd m_directory;  // none while the landing directory is missing
  bool m_is_watched = false;
  bool m_is_missing = false;  // set when this was logged
  bool m_is_polling = false;  // set when this was logged

  Judge m_judge;
  RecheckQueue m_recheck;
  std::set<std::string, std::less<>> m_found;  // directories that events named, to be listed in this look
  std::size_t m_listed_directories = 0;        // of them and below them, in this look
  Listing m_listing;                           // not in m_ready: its files are not opened yet, so it may be much longer
  std::vector<Candidate> m_ready;
  std::vector<Candidate> m_unrouted;  // not in m_ready: they are never claimed, only recorded in the ledger
  SeenBefore m_logged;
  Postponed m_postponed;

  Instant m_next_scan{};  // while the directory is missing: the next try to open it
  Instant m_last_scan{};
  Instant::duration m_scan_took{};
  bool m_is_listed = false;    // the last listing succeeded, and every name that was seen since is remembered
  bool m_has_more = false;     // a listing will find more once m_ready and m_listing are empty
  bool m_is_repeated = false;  // with `once`: the files of the last listing were offered before and cannot be claimed
  std::uint64_t m_overflows = 0;
};

}  // namespace longshore::spool
