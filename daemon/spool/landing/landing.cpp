#include "spool/landing/landing.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/beneath.hpp"
#include "spool/entries.hpp"
#include "spool/file_system.hpp"
#include "spool/open_writer.hpp"

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
constexpr std::chrono::milliseconds k_poll = 5s;  // between listings where events do not report every change
constexpr std::size_t k_names_reported = 5;       // by waiting()
constexpr std::size_t k_listed_a_look = 1'024;    // files of a listing opened per look: some milliseconds
constexpr std::size_t k_opened_at_once = 500;     // files; about ten events each while opens are counted
// Directories that events named, and those below them; more are left to a listing.
constexpr std::size_t k_directories_a_look = 1'000;

// Descriptors or memory ran out: not the fault of a directory.
bool is_shortage(const Error& error) {
  return error.code() == "EMFILE" || error.code() == "ENFILE" || error.code() == "ENOMEM";
}

}  // namespace

Landing::Landing(const Directories& directories, LandingSettings settings, Router route, OpenWriters& writers)
    : m_writers(writers), m_directories(directories), m_settings(std::move(settings)), m_route(std::move(route)),
      m_subdirectories(m_directories, m_settings.recursive, m_watcher), m_judge(m_settings, writers, m_watcher),
      m_recheck(m_settings.look_ahead) {}

void Landing::look() {
  const Instant now = std::chrono::steady_clock::now();
  m_judge.begin_look(now);
  m_listed_directories = 0;
  try {
    if (!m_directory && !attach(now)) {
      m_watcher.read([](std::string_view, Hint) {});  // unread events of the old directory would keep fd() readable
      return;
    }
    // the kernel reports the removal of a directory only after its last descriptor was closed, and m_directory is one
    if (m_directory && !is_still_the_directory())
      detach(now);
    else if (now >= m_next_scan || (m_has_more && m_ready.empty() && m_listing.is_empty()))
      scan(now);
    read_events(now);
    list_found(now);
    judge_recheck(now);
    judge_listed(now);
    m_subdirectories.warn();
  } catch (...) {
    m_is_listed = m_has_more = false;
    m_next_scan = now + k_after_fault;
    throw;
  }
}

void Landing::hold(std::function<bool(std::string_view)> is_held) {
  m_is_held = std::move(is_held);
  std::erase_if(m_ready, [this](const Candidate& candidate) {
    if (!m_is_held(candidate.name))
      return false;
    m_postponed.add(candidate);
    return true;
  });
}

std::optional<Landing::Instant> Landing::next_look() const {
  const bool has_room = m_ready.size() < m_settings.look_ahead;
  if ((has_room && !m_listing.is_empty()) || (m_has_more && m_ready.empty()) || !m_found.empty())
    return Instant{};
  return std::min(m_next_scan, m_recheck.earliest().value_or(m_next_scan));
}

// Starts the watch before the first listing, so that an event reports a file that arrives between the two.
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
  if (!may_lease_any_file())
    m_watcher.count_opens();
  m_is_watched = m_watcher.watch(m_directories.landing);
  make_directory(m_directories.work, 0700);  // a landing directory that was created again does not have it
  m_judge.attach(directory.get(), m_directories.work);
  m_directory = std::move(directory);
  if (std::exchange(m_is_missing, false))
    log::info("landing directory \"{}\" exists again", escape(m_directories.landing));
  return true;
}

void Landing::detach(Instant now) {
  m_directory.reset();
  m_watcher.unwatch();
  m_recheck.clear();
  m_found.clear();
  m_ready.clear();
  m_listing.clear();
  m_subdirectories.detach();
  m_postponed = {};
  m_is_listed = m_has_more = false;
  m_next_scan = now;
}

bool Landing::is_still_the_directory() const {
  struct stat named {};
  return ::stat(m_directories.landing.c_str(), &named) == 0 &&
         is_same_inode(named, stat_of(m_directory.get(), m_directories.landing));
}

std::chrono::milliseconds Landing::interval() {
  const std::string_view without_events = file_system_without_events(m_directory.get());
  if (m_is_watched && without_events.empty())
    return m_settings.rescan;
  const auto poll = std::min(m_settings.rescan, k_poll);
  if (!std::exchange(m_is_polling, true))
    log::info("landing directory \"{}\" {}: listing it every {} ms", escape(m_directories.landing),
              m_is_watched ? "is on " + std::string{without_events} + ", which does not report every change"
                           : "cannot be watched (fs.inotify.max_user_watches, max_user_instances)",
              poll.count());
  return poll;
}

struct Landing::Scan {
  Instant now;
  Oldest found;
  std::vector<Candidate> still_ready;
};

void Landing::scan(Instant now) {
  m_is_watched = m_is_watched || m_watcher.watch(m_directories.landing);
  m_is_listed = ::access(m_directories.work.c_str(), F_OK) == 0;  // if not, landing is being removed: list again soon
  m_has_more = false;
  m_postponed = {};
  m_subdirectories.begin_listing();
  Scan scan{now, Oldest{m_settings.known}, {}};
  list(m_directory.get(), "", scan);
  m_subdirectories.end_listing();
  const bool is_all_taken = m_ready.empty() && m_listing.is_empty();
  std::ranges::sort(scan.still_ready, is_older);
  const std::size_t left_out = scan.found.left_out();
  m_has_more = left_out > 0 || (m_settings.once && !scan.still_ready.empty());
  m_postponed.files += left_out;
  m_ready = std::move(scan.still_ready);
  m_listing.replace(scan.found.take(), left_out > 0);
  m_is_repeated = m_settings.once && is_all_taken && m_listing.is_repeated();
  judge_listed(now);
  const Instant ended = std::chrono::steady_clock::now();
  m_scan_took = ended - now;
  m_last_scan = ended;
  m_next_scan = m_last_scan + (m_is_listed ? interval() : m_settings.settle);
}

// `below` is the path of the directory with a slash behind it, or "" for landing.
void Landing::list(int directory, const std::string& below, Scan& scan) {
  for_each_entry(directory, [&](const char* entry) {
    const std::string path = below + entry;
    if (!is_ignored(path, m_settings.ignore) && !m_recheck.contains(path))
      list_entry(directory, path, scan);
  });
}

// By its stat alone: a listing of a million names opens no file.
void Landing::list_entry(int directory, const std::string& path, Scan& scan) {
  const RecheckQueue::Entry entry = entry_of(path);
  struct stat st {};
  if (auto judgement = m_judge.by_type(directory, std::string{last_part(path)}, entry.is_routed, st)) {
    if (judgement->kind == Judgement::Kind::directory)
      list_directory(directory, path, scan);
    else if (!apply(path, *judgement, scan.now, scan.found) && entry.is_routed)
      ++m_postponed.files;
    return;
  }
  Candidate candidate = candidate_of(path, st);
  if (m_is_held(path)) {
    m_postponed.add(candidate);
    return;
  }
  if (is_ready(candidate)) {
    scan.still_ready.push_back(std::move(candidate));
    return;
  }
  Judgement judgement = m_judge.by_age(std::move(candidate), entry, st);
  const bool is_skipped = judgement.kind == Judgement::Kind::ready && m_listing.skips(judgement.candidate);
  if (is_skipped || (!apply(path, judgement, scan.now, scan.found) && entry.is_routed))
    m_postponed.add(judgement.candidate);
}

// A fault of one directory must not keep the files of all others from being loaded.
void Landing::list_directory(int parent, const std::string& path, Scan& scan) {
  const Fd directory = m_subdirectories.enter(parent, std::string{last_part(path)}, path);
  if (!directory)
    return;
  m_judge.read_clock();  // before the try: its fault is one of the work directory
  try {
    list(directory.get(), path + "/", scan);
  } catch (const Error& error) {
    if (is_shortage(error))
      throw;
    m_subdirectories.add_unread(path, error.what());
  }
}

// Looks at the ends of some files of the last listing, oldest first, while there is room in m_ready.
void Landing::judge_listed(Instant now) {
  if (m_listing.is_empty())
    return;
  Oldest found{m_settings.look_ahead};
  std::size_t room = std::min(k_listed_a_look, m_settings.look_ahead - std::min(m_settings.look_ahead, m_ready.size()));
  for (; room > 0 && !m_listing.is_empty(); --room) {
    const Candidate candidate = m_listing.take_oldest();
    if (m_recheck.contains(candidate.name))
      continue;
    if (m_is_held(candidate.name)) {
      m_postponed.add(candidate);
      continue;
    }
    Judgement judgement = m_judge.by_end(candidate.name, entry_of(candidate.name));
    if (!apply(candidate.name, judgement, now, found))
      m_postponed.add(candidate);
  }
  if (m_is_repeated) {
    for (const Candidate& candidate : found.take()) {
      log_once(candidate.name, "it cannot be claimed");
      m_postponed.add(candidate);
    }
  }
  add_ready(std::move(found));
  if (m_listing.is_empty())
    m_listing.end();
}

// For a name that was seen and could not be remembered. A listing is expensive, so the pause is at least `settle`.
void Landing::scan_soon(Instant now) {
  m_is_listed = false;
  const auto pause = std::max<Instant::duration>(m_settings.settle, 10 * m_scan_took);
  m_next_scan = std::min(m_next_scan, std::max(now, m_last_scan + pause));
}

void Landing::read_events(Instant now) {
  const auto events = m_watcher.read([&](std::string_view name, Hint hint) { recheck_after(hint, name, now); });
  m_overflows += events.overflowed ? 1 : 0;
  if (events.lost)
    detach(now);
  else if (events.list)
    scan_soon(now);
}

RecheckQueue::Entry Landing::entry_of(std::string_view name) const {
  const auto ending = m_route(name);
  return {.is_routed = ending.has_value(), .ending = ending.value_or(Ending::bracket)};
}

void Landing::recheck_after(Hint hint, std::string_view name, Instant now) {
  if (hint == Hint::removed)
    return directory_removed(name, now);
  if (is_ignored(name, m_settings.ignore) || (hint == Hint::attribute && m_recheck.contains(name)))
    return;
  if (hint == Hint::directory)
    return remember_directory(name, now);
  RecheckQueue::Entry entry = entry_of(name);
  entry.hint = hint;
  entry.due = now + m_judge.stillness_after(hint);
  if (!m_recheck.put(name, entry))
    scan_soon(now);
}

// The work directory is removed if landing is being removed. Of landing itself no event tells while it is open here.
void Landing::directory_removed(std::string_view path, Instant now) {
  m_subdirectories.removed(path);
  if (path == last_part(m_directories.work))
    scan_soon(now);
}

void Landing::remember_directory(std::string_view path, Instant now) {
  if (m_found.size() < k_directories_a_look)
    m_found.emplace(path);
  else
    scan_soon(now);
}

// Each once, whatever number of events named it; one below another is listed with that. What is in a directory may be
// old: it is judged by its own age.
void Landing::list_found(Instant now) {
  const auto found = std::exchange(m_found, {});
  for (const std::string& path : found) {
    bool is_below = false;
    for (auto around = directory_part(path); !around.empty() && !is_below; around = directory_part(around))
      is_below = found.contains(around);
    if (is_below)
      continue;
    const Parent parent{m_directory.get(), path};
    if (parent && !list_new(parent.fd(), path, now))
      return scan_soon(now);
  }
}

// Returns false if there are more files or directories than can be remembered, or if the directory cannot be read: then
// a listing follows.
bool Landing::list_new(int parent, const std::string& path, Instant now) try {
  if (++m_listed_directories > k_directories_a_look)
    return false;
  const Fd directory = m_subdirectories.enter(parent, std::string{last_part(path)}, path);
  bool is_complete = true;
  if (!directory)
    return is_complete;
  for_each_entry(directory.get(), [&](const char* name) {
    const std::string entry = path + "/" + name;
    const auto st =
        is_complete && !is_ignored(entry, m_settings.ignore) ? entry_stat(directory.get(), name) : std::nullopt;
    if (!st)
      return;
    RecheckQueue::Entry recheck = entry_of(entry);
    recheck.due = now;
    is_complete = S_ISDIR(st->st_mode) ? list_new(directory.get(), entry, now)
                                       : m_recheck.contains(entry) || m_recheck.put(entry, recheck);
  });
  return is_complete;
} catch (const Error& error) {
  if (is_shortage(error))
    throw;
  return false;
}

void Landing::judge_recheck(Instant now) {
  Oldest found{m_settings.look_ahead};
  std::size_t opened = 0;
  while (auto due = m_directory ? m_recheck.take_due(now) : std::nullopt) {
    auto& [name, entry] = *due;
    if (++opened % k_opened_at_once == 0)
      m_watcher.keep_up();
    struct stat st {};
    if (auto judgement = m_judge.by_type(name, entry.is_routed, st)) {
      apply(name, *judgement, now, found);
      continue;
    }
    Candidate candidate = candidate_of(name, st);
    if (m_is_held(name)) {
      m_postponed.add(candidate);
      continue;
    }
    if (is_ready(candidate)) {
      found.add(std::move(candidate));
      continue;
    }
    entry.ends_early = entry.has_writer = false;
    Judgement judgement =
        entry.is_routed ? m_judge.by_end(name, entry) : m_judge.by_age(std::move(candidate), entry, st);
    apply(name, judgement, now, found);
  }
  add_ready(std::move(found));
}

// Takes the candidate if it is ready or unrouted. Returns false if only the next listing will show the file again.
bool Landing::apply(const std::string& name, Judgement& judgement, Instant now, Oldest& found) {
  switch (judgement.kind) {
  case Judgement::Kind::ready:
    found.add(std::move(judgement.candidate));
    return true;
  case Judgement::Kind::unrouted:
    add_unrouted(std::move(judgement.candidate));
    return true;
  case Judgement::Kind::wait:
    return recheck_later(name, judgement, now);
  case Judgement::Kind::ignored:
    m_writers.forget(name);
    if (!judgement.why.empty())
      log_once(name, judgement.why);
    return true;
  case Judgement::Kind::directory:
    remember_directory(name, now);
    return true;
  case Judgement::Kind::blocked:
    log_once(name, judgement.why);
    return false;
  }
  return true;
}

bool Landing::recheck_later(const std::string& name, const Judgement& judgement, Instant now) {
  RecheckQueue::Entry entry = judgement.entry;
  entry.due = now + std::max<std::chrono::nanoseconds>(judgement.pause, 1ms);
  if (m_recheck.put(name, entry))
    return true;
  m_is_listed = false;
  return false;
}

void Landing::log_once(const std::string& name, std::string_view why) {
  if (m_logged.is_new(name + '/' + std::string{why}))
    log::warn("\"{}\" stays in the landing directory: {}", escape(name), why);
}

bool Landing::is_ready(const Candidate& candidate) const {
  const auto at = std::lower_bound(m_ready.begin(), m_ready.end(), candidate, is_older);
  return at != m_ready.end() && is_unchanged(*at, candidate);
}

void Landing::add_ready(Oldest oldest) {
  const std::size_t left_out = oldest.left_out();
  std::vector<Candidate> found = oldest.take();
  if (found.empty())
    return;
  const auto middle =
      found.insert(found.end(), std::make_move_iterator(m_ready.begin()), std::make_move_iterator(m_ready.end()));
  std::inplace_merge(found.begin(), middle, found.end(), is_older);
  // a candidate found now comes before one with the same name and mtime: its size is current
  const auto is_same = [](const Candidate& a, const Candidate& b) { return !is_older(a, b); };
  found.erase(std::unique(found.begin(), found.end(), is_same), found.end());
  const std::size_t beyond = found.size() - std::min(found.size(), m_settings.look_ahead);
  found.resize(found.size() - beyond);
  m_postponed.files += left_out + beyond;
  m_has_more = m_has_more || left_out + beyond > 0 || m_settings.once;
  m_listing.became_ready();
  m_ready = std::move(found);
}

void Landing::add_unrouted(Candidate candidate) {
  if (m_unrouted.size() < m_settings.look_ahead && m_logged.is_new(version_of(candidate)))
    m_unrouted.push_back(std::move(candidate));
}

std::vector<Candidate> Landing::take_unrouted() { return std::exchange(m_unrouted, {}); }

Landing::Waiting Landing::waiting() const {
  Waiting waiting;
  waiting.files = m_postponed.files + m_listing.size();
  for (const auto& [name, entry] : m_recheck.entries()) {
    if (!entry.is_routed)
      continue;
    ++waiting.files;
    waiting.truncated_documents = waiting.truncated_documents || entry.ends_early;
    waiting.open += entry.has_writer ? 1 : 0;
    if (waiting.young.size() < k_names_reported)
      waiting.young.push_back(name);
  }
  return waiting;
}

std::optional<Candidate> Landing::oldest() const {
  Postponed all = m_postponed;
  if (!m_ready.empty())
    all.see(m_ready.front());
  if (!m_listing.is_empty())
    all.see(m_listing.oldest());
  return all.oldest;
}

bool Landing::drained() const {
  const auto may_become_ready = [](const auto& item) { return !item.second.ends_early && !item.second.has_writer; };
  return m_is_listed && m_ready.empty() && m_listing.is_empty() && !m_has_more &&
         std::none_of(m_recheck.entries().begin(), m_recheck.entries().end(), may_become_ready);
}

}  // namespace longshore::spool
