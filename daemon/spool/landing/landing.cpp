#include "spool/landing/landing.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"
#include "spool/file_system.hpp"
#include "spool/landing/tail.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

using namespace std::chrono_literals;

constexpr auto k_attach_again = 1s;
constexpr auto k_after_fault = 1s;
constexpr std::chrono::milliseconds k_poll = 5s;  // between listings where events do not tell everything
constexpr std::size_t k_names_told = 5;           // in waiting()
constexpr std::size_t k_known_a_look = 1'024;  // that are looked into: some milliseconds, then others have their turn

bool is_same_stamp(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

// Tells one state of a file from another.
std::string thing_of(const Candidate& candidate) {
  return candidate.name + '/' + std::to_string(candidate.size) + '/' + std::to_string(candidate.mtime.tv_sec) + '.' +
         std::to_string(candidate.mtime.tv_nsec);
}

}  // namespace

Landing::Landing(const Directories& directories, LandingSettings settings,
                 std::function<bool(std::string_view)> is_routed)
    : m_directories(directories), m_settings(settings), m_is_routed(std::move(is_routed)), m_age(settings.once),
      m_recheck(settings.look_ahead) {}

void Landing::look() {
  const Instant now = std::chrono::steady_clock::now();
  m_age.begin_look(now);
  try {
    if (!m_directory && !attach(now)) {
      m_watcher.read([](std::string_view, Hint) {});  // what is left of the old directory would keep fd() readable
      return;
    }
    // the kernel does not tell of the removal of a directory that is open, and it is open here
    if (m_directory && !is_still_the_directory())
      detach(now);
    else if (now >= m_next_scan || (m_has_more && m_ready.empty() && m_known.empty()))
      scan(now);
    read_events(now);
    judge_recheck(now);
    judge_listed(now);
  } catch (...) {
    m_is_listed = m_has_more = false;
    m_next_scan = now + k_after_fault;
    throw;
  }
}

std::optional<Landing::Instant> Landing::next_look() const {
  const bool has_room = m_ready.size() < m_settings.look_ahead;
  if ((has_room && !m_known.empty()) || (m_has_more && m_ready.empty()))
    return Instant{};
  return std::min(m_next_scan, m_recheck.earliest().value_or(m_next_scan));
}

// First the watch, then the listing, which is due after this: whatever comes in between is shown by one of them.
bool Landing::attach(Instant now) {
  if (now < m_next_scan)
    return false;
  Fd directory{::open(m_directories.landing.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) {
    const std::string what = "landing directory \"" + escape(m_directories.landing) + "\": " + std::strerror(errno);
    if (m_settings.once)
      throw Error(Fault::fatal, what).exits(Exit::io_error);
    if (!std::exchange(m_is_missing, true))
      log::warn("{}: waiting for it", what);
    m_next_scan = now + k_attach_again;
    return false;
  }
  m_is_watched = m_watcher.watch(m_directories.landing);
  make_directory(m_directories.work, 0700);  // inside a landing directory that was made anew it is missing
  m_age.ask_clock_of(open_directory_at(AT_FDCWD, m_directories.work).get());
  m_directory = std::move(directory);
  if (std::exchange(m_is_missing, false))
    log::info("landing directory \"{}\" is back", escape(m_directories.landing));
  return true;
}

void Landing::detach(Instant now) {
  m_directory.reset();
  m_watcher.unwatch();
  m_recheck.clear();
  m_ready.clear();
  m_known.clear();
  m_left = {};
  m_is_listed = m_has_more = false;
  m_next_scan = now;
}

bool Landing::is_still_the_directory() const {
  struct stat named {};
  return ::stat(m_directories.landing.c_str(), &named) == 0 &&
         is_same_inode(named, stat_of(m_directory.get(), m_directories.landing));
}

std::chrono::milliseconds Landing::interval() {
  const std::string_view silent = silent_file_system(m_directory.get());
  if (m_is_watched && silent.empty())
    return m_settings.rescan;
  const auto poll = std::min(m_settings.rescan, k_poll);
  if (!std::exchange(m_is_polling, true))
    log::info("landing directory \"{}\" {}: listing it every {} ms", escape(m_directories.landing),
              m_is_watched ? "is on " + std::string{silent} + ", where not every change is told"
                           : "cannot be watched (fs.inotify.max_user_watches, max_user_instances)",
              poll.count());
  return poll;
}

void Landing::scan(Instant now) {
  m_is_watched = m_is_watched || m_watcher.watch(m_directories.landing);
  m_is_listed = ::access(m_directories.work.c_str(), F_OK) == 0;  // if not, landing is being removed: look again soon
  m_has_more = false;
  m_left = {};
  Oldest found{m_settings.known};
  std::vector<Candidate> still_ready;
  for_each_entry(m_directory.get(), [&](const char* entry) {
    if (!is_upload_in_progress(entry) && !m_recheck.contains(entry))
      survey(entry, now, found, still_ready);
  });
  const bool is_taken = m_ready.empty() && m_known.empty();
  std::ranges::sort(still_ready, is_older);
  m_has_more = found.left_out() > 0 || (m_settings.once && !still_ready.empty());
  m_left.files += found.left_out();
  m_ready = std::move(still_ready);
  m_known = found.take();
  m_fruitless.reset();
  m_last_known = found.left_out() > 0 ? std::optional{m_known.back()} : std::nullopt;
  std::ranges::reverse(m_known);
  m_is_fruitful = false;
  m_is_refused = m_settings.once && is_taken && is_offered_again();
  judge_listed(now);
  const Instant ended = std::chrono::steady_clock::now();
  m_scan_took = ended - now;
  m_last_scan = ended;
  m_next_scan = m_last_scan + (m_is_listed ? interval() : m_settings.settle);
}

// What a listing tells of a name, by its stat alone.
void Landing::survey(const std::string& name, Instant now, Oldest& found, std::vector<Candidate>& still_ready) {
  RecheckQueue::Entry entry{.is_routed = m_is_routed(name)};
  struct stat st {};
  if (const auto dismissed = dismiss(name, entry.is_routed, st)) {
    m_left.files += entry.is_routed && *dismissed == Judgement::left ? 1 : 0;
    return;
  }
  Candidate candidate = candidate_of(name, st);
  if (is_ready(candidate)) {
    still_ready.push_back(std::move(candidate));
    return;
  }
  if (const auto age = age_of(st, entry, now); age < m_settings.settle) {
    if (wait(name, entry, m_settings.settle - age, now) == Judgement::left && entry.is_routed)
      m_left.add(candidate);
  } else if (!entry.is_routed)
    tell_unrouted(std::move(candidate));
  else if (m_fruitless && !is_older(*m_fruitless, candidate))
    m_left.add(candidate);
  else
    found.add(std::move(candidate));
}

// Some of what the last listing remembered, oldest first, as long as there is room.
void Landing::judge_listed(Instant now) {
  if (m_known.empty())
    return;
  Oldest found{m_settings.look_ahead};
  std::size_t room = std::min(k_known_a_look, m_settings.look_ahead - std::min(m_settings.look_ahead, m_ready.size()));
  for (; room > 0 && !m_known.empty(); --room) {
    const Candidate candidate = std::move(m_known.back());
    m_known.pop_back();
    if (!m_recheck.contains(candidate.name) &&
        judge_end(candidate.name, {.is_routed = true}, now, found) == Judgement::left)
      m_left.add(candidate);
  }
  if (m_is_refused) {
    for (const Candidate& candidate : found.take()) {
      leave(candidate.name, "it cannot be claimed");
      m_left.add(candidate);
    }
  }
  merge(std::move(found));
  if (m_known.empty() && !m_is_fruitful)
    m_fruitless = std::move(m_last_known);
}

// A run that ends must not offer for ever what the caller took and could not claim.
bool Landing::is_offered_again() {
  std::int64_t offered = 0;
  for (const Candidate& candidate : m_known)
    offered ^= xxh3(thing_of(candidate), 0);
  return std::exchange(m_offered, offered) == offered && !m_known.empty();
}

// For what was shown once and could not be kept. Not more often than files settle: listing is not free.
void Landing::scan_soon(Instant now) {
  m_is_listed = false;
  const auto pause = std::max<Instant::duration>(m_settings.settle, 10 * m_scan_took);
  m_next_scan = std::min(m_next_scan, std::max(now, m_last_scan + pause));
}

void Landing::read_events(Instant now) {
  const auto news = m_watcher.read([&](std::string_view name, Hint hint) { expect(name, hint, now); });
  m_overflows += news.overflowed ? 1 : 0;
  if (news.lost)
    detach(now);
  else if (news.list)
    scan_soon(now);
}

void Landing::expect(std::string_view name, Hint hint, Instant now) {
  if (is_upload_in_progress(name) || (hint == Hint::attribute && m_recheck.contains(name)))
    return;
  if (!m_recheck.put(name, {.hint = hint, .is_routed = m_is_routed(name), .due = now + stillness_of(hint)}))
    scan_soon(now);
}

void Landing::judge_recheck(Instant now) {
  Oldest found{m_settings.look_ahead};
  while (m_directory) {
    const auto due = m_recheck.take_due(now);
    if (!due)
      break;
    judge(due->first, due->second, now, found);
  }
  merge(std::move(found));
}

// What becomes of a name under which no regular file stands; nothing for one that is, and its stat.
std::optional<Landing::Judgement> Landing::dismiss(const std::string& name, bool is_routed, struct stat& st) {
  if (::fstatat(m_directory.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return Judgement::done;
    if (errno == EACCES)  // not the file's rights but the directory's
      throw system_error(errno, "look into the landing directory");
    return leave(name, std::strerror(errno));
  }
  if (S_ISREG(st.st_mode))
    return std::nullopt;
  if (S_ISDIR(st.st_mode))
    leave(name, "it is a directory, and what is in it is not looked at");
  else if (is_routed)
    leave(name, "it is no regular file");
  return Judgement::done;
}

Landing::Judgement Landing::judge(const std::string& name, RecheckQueue::Entry entry, Instant now, Oldest& found) {
  struct stat st {};
  if (const auto dismissed = dismiss(name, entry.is_routed, st))
    return *dismissed;
  Candidate candidate = candidate_of(name, st);
  if (is_ready(candidate)) {
    found.add(std::move(candidate));
    return Judgement::done;
  }
  entry.ends_early = false;
  if (entry.is_routed)
    return judge_end(name, entry, now, found);
  if (const auto age = age_of(st, entry, now); age < stillness_of(entry.hint))
    return wait(name, entry, stillness_of(entry.hint) - age, now);
  tell_unrouted(std::move(candidate));
  return Judgement::done;
}

// Of a file that was regular a moment ago.
Landing::Judgement Landing::judge_end(const std::string& name, RecheckQueue::Entry entry, Instant now, Oldest& found) {
  struct stat st {};
  const Tail tail = tail_of(m_directory.get(), name, st);
  if (tail == Tail::gone)
    return Judgement::done;
  if (tail == Tail::unreadable)
    return leave(name, "it cannot be read");
  const auto stillness = stillness_of(entry.hint);
  if (tail == Tail::whole &&
      stillness == 0ms) {  // its age, for which the file system would have to be asked, says nothing more
    found.add(candidate_of(name, st));
    return Judgement::done;
  }
  const auto age = age_of(st, entry, now);
  if (age < stillness)
    return wait(name, entry, stillness - age, now);
  if (tail == Tail::ends_early && age < m_settings.grace) {
    entry.ends_early = true;
    entry.hint = Hint::created;  // somebody may be at it: a rename or a close that came before says nothing any more
    return wait(name, entry, m_settings.grace - age, now);
  }
  found.add(candidate_of(name, st));
  return Judgement::done;
}

Landing::Judgement Landing::wait(const std::string& name, RecheckQueue::Entry entry, std::chrono::nanoseconds more,
                                 Instant now) {
  entry.due = now + std::max<std::chrono::nanoseconds>(more, 1ms);
  if (m_recheck.put(name, entry))
    return Judgement::done;
  m_is_listed = false;
  return Judgement::left;
}

Landing::Judgement Landing::leave(const std::string& name, std::string_view why) {
  if (m_told.is_new(name + '/' + std::string{why}))
    log::warn("\"{}\" stays in the landing directory: {}", escape(name), why);
  return Judgement::left;
}

std::chrono::milliseconds Landing::stillness_of(Hint hint) const {
  if (hint == Hint::moved_in)
    return 0ms;
  return hint == Hint::closed ? m_settings.close_delay : m_settings.settle;
}

std::chrono::nanoseconds Landing::age_of(const struct stat& st, RecheckQueue::Entry& entry, Instant now) {
  if (const auto age = m_age.of(st))
    return *age;
  if (!is_same_stamp(entry.ctime, st.st_ctim)) {
    entry.ctime = st.st_ctim;
    entry.since = now;
  }
  return now - entry.since;
}

bool Landing::is_ready(const Candidate& candidate) const {
  const auto at = std::lower_bound(m_ready.begin(), m_ready.end(), candidate, is_older);
  return at != m_ready.end() && is_unchanged(*at, candidate);
}

void Landing::merge(Oldest oldest) {
  const std::size_t left_out = oldest.left_out();
  std::vector<Candidate> found = oldest.take();
  if (found.empty())
    return;
  const auto middle =
      found.insert(found.end(), std::make_move_iterator(m_ready.begin()), std::make_move_iterator(m_ready.end()));
  std::inplace_merge(found.begin(), middle, found.end(), is_older);
  // of two with one name and mtime the one found now stands first: it has the size that is true
  const auto is_same = [](const Candidate& a, const Candidate& b) { return !is_older(a, b); };
  found.erase(std::unique(found.begin(), found.end(), is_same), found.end());
  const std::size_t beyond = found.size() - std::min(found.size(), m_settings.look_ahead);
  found.resize(found.size() - beyond);
  m_left.files += left_out + beyond;
  m_has_more = m_has_more || left_out + beyond > 0 || m_settings.once;
  m_is_fruitful = true;
  m_ready = std::move(found);
}

void Landing::tell_unrouted(Candidate candidate) {
  if (m_unrouted.size() < m_settings.look_ahead && m_told.is_new(thing_of(candidate)))
    m_unrouted.push_back(std::move(candidate));
}

std::vector<Candidate> Landing::take_unrouted() { return std::exchange(m_unrouted, {}); }

Landing::Waiting Landing::waiting() const {
  Waiting waiting;
  waiting.files = m_left.files + m_known.size();
  for (const auto& [name, entry] : m_recheck.entries()) {
    if (!entry.is_routed)
      continue;
    ++waiting.files;
    waiting.truncated_documents = waiting.truncated_documents || entry.ends_early;
    if (waiting.young.size() < k_names_told)
      waiting.young.push_back(name);
  }
  return waiting;
}

std::optional<Candidate> Landing::oldest() const {
  Left all = m_left;
  if (!m_ready.empty())
    all.see(m_ready.front());
  if (!m_known.empty())
    all.see(m_known.back());
  return all.oldest;
}

bool Landing::drained() const {
  const auto holds = [](const auto& expected) { return !expected.second.ends_early; };
  return m_is_listed && m_ready.empty() && m_known.empty() && !m_has_more &&
         std::none_of(m_recheck.entries().begin(), m_recheck.entries().end(), holds);
}

}  // namespace longshore::spool
