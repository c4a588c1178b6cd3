// The watched directory: which files are whole and may be claimed. Events are hints, the listing is the truth; nothing
// here moves, writes or deletes a file. One thread.
//
// A file is ready
//   - at once when it was renamed in,
//   - `close_delay` after its writer closed it,
//   - when it has not changed for `settle` if only a listing or its creation showed it,
// and in each case only if its end can be the end of a document; if not (or if it is empty), when it has not changed
// for `grace`: then the decoder judges it. A file that is written on within these times waits anew.
//
// Memory is bounded by look_ahead and known, whatever the number of files; what does not fit waits in the directory. A listing
// costs a stat of every name, so it remembers the oldest `known` of them, and the end of a file is looked at only when its turn
// comes: a million files cost a handful of listings.
#pragma once

#include "base/fd.hpp"
#include "spool/candidate.hpp"
#include "spool/directories.hpp"
#include "spool/landing/age.hpp"
#include "spool/landing/oldest.hpp"
#include "spool/landing/recheck_queue.hpp"
#include "spool/landing/watcher.hpp"
#include "spool/seen_before.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::spool {

struct LandingSettings {
  std::chrono::milliseconds settle{2'000};
  std::chrono::milliseconds close_delay{500};
  std::chrono::milliseconds grace{30'000};
  std::chrono::milliseconds rescan{60'000};  // at most 5 s where the kernel cannot tell of all changes
  std::size_t look_ahead = 10'000;           // files; also how many names may be expected
  std::size_t known = 65'536;  // files that a listing remembers for the time when those before them are taken
  bool once = false;           // a run that ends when drained(): a file's age is what its mtime says
};

class Landing {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // prepare() must have passed. is_routed: whether a feed takes files of this name.
  Landing(const Directories& directories, LandingSettings settings,
          std::function<bool(std::string_view name)> is_routed);

  // For poll(POLLIN): the kernel has news. -1 where it gives none.
  int fd() const { return m_watcher.fd(); }

  // Reads events, lists the directory when that is due, and fills the lists below. Never waits. A landing directory
  // that vanished is waited for. Throws Error{transient} when the surroundings fail (work directory gone, no
  // descriptors): call again later; nothing is lost, it lists anew. With `once` a vanished directory is Error{fatal}.
  void look();
  // When look() is to be called even without news; nullopt: only on news. An instant in the past means now.
  std::optional<Instant> next_look() const;

  // Whole files, oldest first, at most look_ahead. The caller erases what it takes and leaves the rest in order. A file
  // may have gone or changed since: Workspace::claim() leaves it out then, and it comes back here when it is still.
  std::vector<Candidate>& ready() { return m_ready; }

  // For a caller that took from ready() and could not claim: what is still there is ready again soon.
  void list_again() { scan_soon(std::chrono::steady_clock::now()); }

  // Regular files of no feed that have settled, each (name, size, mtime) once, as far as a bounded memory tells.
  std::vector<Candidate> take_unrouted();

  struct Waiting {
    std::uint64_t files = 0;           // routed files seen that are not ready: too young, unreadable, beyond look_ahead
    std::vector<std::string> young;    // a few names of those that are too young or end too early
    bool truncated_documents = false;  // some of them end too early
  };
  Waiting waiting() const;
  // The oldest of those that are ready, will soon be looked into, or cannot be read.
  std::optional<Candidate> oldest() const;
  // There is no landing directory, and it is waited for.
  bool is_missing() const { return m_is_missing; }
  // Times that the kernel lost events, since the beginning.
  std::uint64_t overflows() const { return m_overflows; }

  // For `once`: nothing is ready, and nothing will be by settling alone. Documents that end too early do not hold it,
  // nor do files that were taken from ready() and still stand there unchanged: they cannot be claimed. Files of no feed
  // do until they have been told. False before the first look().
  bool drained() const;

 private:
  enum class Judgement { done, left };  // left: it stays, and only a listing will show it again

  // Routed files that only the next listing will show again.
  struct Left {
    std::uint64_t files = 0;
    std::optional<Candidate> oldest = {};  // of those whose times are known

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
  // what shows names
  void scan(Instant now);
  void survey(const std::string& name, Instant now, Oldest& found, std::vector<Candidate>& still_ready);
  void judge_listed(Instant now);
  void scan_soon(Instant now);
  bool is_offered_again();
  void read_events(Instant now);
  void expect(std::string_view name, Hint hint, Instant now);
  void judge_recheck(Instant now);
  // what becomes of a name
  std::optional<Judgement> dismiss(const std::string& name, bool is_routed, struct stat& st);
  Judgement judge(const std::string& name, RecheckQueue::Entry entry, Instant now, Oldest& found);
  Judgement judge_end(const std::string& name, RecheckQueue::Entry entry, Instant now, Oldest& found);
  Judgement wait(const std::string& name, RecheckQueue::Entry entry, std::chrono::nanoseconds more, Instant now);
  Judgement leave(const std::string& name, std::string_view why);
  std::chrono::milliseconds stillness_of(Hint hint) const;
  std::chrono::nanoseconds age_of(const struct stat& st, RecheckQueue::Entry& entry, Instant now);
  bool is_ready(const Candidate& candidate) const;
  void merge(Oldest found);
  void tell_unrouted(Candidate candidate);

  Directories m_directories;
  LandingSettings m_settings;
  std::function<bool(std::string_view)> m_is_routed;

  Watcher m_watcher;
  Fd m_directory;  // none while the landing directory is away
  bool m_is_watched = false;
  bool m_is_missing = false;  // and the log says so
  bool m_is_polling = false;  // likewise

  Age m_age;
  RecheckQueue m_recheck;
  std::vector<Candidate> m_ready;
  std::vector<Candidate> m_known;  // by the last listing, and not looked into yet: the oldest at the end
  std::vector<Candidate> m_unrouted;
  SeenBefore m_told;

  Instant m_next_scan{};  // while there is no directory: the next try to open it
  Instant m_last_scan{};
  Instant::duration m_scan_took{};
  bool m_is_listed = false;  // the last listing went through, and no name was shown since that could not be kept
  bool m_has_more = false;   // a listing will find more once m_ready and m_known are empty
  std::optional<Candidate>
      m_last_known;  // the youngest that the last listing remembered, when there are more than those
  std::optional<Candidate>
      m_fruitless;             // nothing up to this one was worth its place: the next listing goes on behind it
  bool m_is_fruitful = false;  // something that the last listing remembered became ready
  std::uint64_t m_overflows = 0;
  Left m_left;
  std::int64_t m_offered = 0;  // with `once`: a hash of what the last listing found
  bool m_is_refused = false;   // and this one found the same
};

}  // namespace longshore::spool
