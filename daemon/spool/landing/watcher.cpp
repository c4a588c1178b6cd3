#include "spool/landing/watcher.hpp"

#include "base/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr std::uint32_t k_entry_events = IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_ATTRIB;
constexpr std::uint32_t k_lost_events = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr std::uint32_t k_mask =
    k_entry_events | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr std::uint32_t k_open_events = IN_OPEN | IN_CLOSE_NOWRITE;
constexpr int k_reads = 64;                       // of 64 KiB: about two full kernel queues of short names
constexpr std::size_t k_removed_at_once = 4'000;  // watches; each removal is an event

Hint hint_of(std::uint32_t mask) {
  if (mask & IN_MOVED_TO)
    return Hint::moved_in;
  if (mask & IN_CLOSE_WRITE)
    return Hint::closed;
  return mask & IN_CREATE ? Hint::created : Hint::attribute;
}

}  // namespace

Watcher::Watcher() : m_inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

std::uint32_t Watcher::mask() const { return m_counts_opens ? k_mask | k_open_events : k_mask; }

bool Watcher::watch(const std::string& directory) {
  if (!m_inotify)
    return false;
  const int added = ::inotify_add_watch(m_inotify.get(), directory.c_str(), mask());
  if (m_watch != added)
    unwatch();
  m_watch = added;
  m_directory = directory;
  return added >= 0;
}

void Watcher::unwatch() {
  if (m_watch >= 0)
    ::inotify_rm_watch(m_inotify.get(), m_watch);
  m_watch = -1;
  for (const auto& [watch, below] : m_below)
    ::inotify_rm_watch(m_inotify.get(), watch);
  m_below.clear();
  m_open_counts.clear();
  m_kept.clear();
  m_kept_events = {};
}

void Watcher::begin_listing() {
  ++m_listing;
  m_not_found_yet.reset();
}

// By the descriptor, not by a path, so that it watches what is listed. For a directory that is watched already the
// kernel returns the same number: then only its path may be another one.
int Watcher::watch_below(int directory, const std::string& path) {
  if (!m_inotify)
    return EMFILE;
  if (m_not_found_yet && !m_not_found_yet->contains(std::hash<std::string>{}(path)))
    return EOVERFLOW;
  const int added =
      ::inotify_add_watch(m_inotify.get(), ("/proc/self/fd/" + std::to_string(directory)).c_str(), mask());
  if (added < 0)
    return errno;
  const auto known = m_below.find(added);
  if (known == m_below.end() && m_below.size() >= k_most_watches) {
    ::inotify_rm_watch(m_inotify.get(), added);
    // Each such removal is an event, and one for each further directory would overflow the queue.
    m_not_found_yet.emplace();
    for (const auto& [watch, below] : m_below)
      if (below.listing != m_listing)
        m_not_found_yet->insert(std::hash<std::string>{}(below.path));
    return EOVERFLOW;
  }
  if (known != m_below.end() && known->second.path != path)
    m_open_counts.forget_below(known->second.path);
  m_below[added] = {path, m_listing};
  return 0;
}

void Watcher::end_listing() {
  std::vector<int> gone;
  for (const auto& [watch, below] : m_below)
    if (below.listing != m_listing)
      gone.push_back(watch);
  remove_watches(gone);
  m_not_found_yet.reset();
}

void Watcher::remove_watches(const std::vector<int>& watches) {
  std::size_t removed = 0;
  for (const int watch : watches) {
    const auto below = m_below.find(watch);
    if (below == m_below.end())  // keep_up() has read that it was removed
      continue;
    m_open_counts.forget_below(below->second.path);
    m_below.erase(below);
    ::inotify_rm_watch(m_inotify.get(), watch);
    if (++removed % k_removed_at_once == 0)
      keep_up();
  }
}

void Watcher::keep_up() {
  if (!m_counts_opens)
    return;
  drain(m_kept_events, [this](std::string_view path, Hint hint) {
    if (m_kept.size() < k_most_kept)
      m_kept.emplace_back(path, hint);
    else
      m_kept_events.list = true;
  });
}

void Watcher::count_opens() {
  if (std::exchange(m_counts_opens, true) || m_watch < 0)
    return;
  watch(m_directory);  // and those below at the next listing
}

void Watcher::count(std::string_view name, unsigned mask) {
  if (mask & (IN_CREATE | IN_MOVED_TO))
    m_open_counts.replaced(name);
  else if (mask & IN_OPEN)
    m_open_counts.opened(name);
  else if (mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE))
    m_open_counts.closed(name);
}

Watcher::Events Watcher::read(const Visit& visit) {
  Events events = std::exchange(m_kept_events, {});
  for (const auto& [path, hint] : std::exchange(m_kept, {}))
    visit(path, hint);
  drain(events, visit);
  return events;
}

void Watcher::drain(Events& events, const Visit& visit) {
  bool has_overflowed = false;
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  for (int i = 0; m_inotify && i < k_reads; ++i) {
    const ssize_t got = ::read(m_inotify.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno != EAGAIN)
      throw system_error(errno, "read inotify events");
    if (got <= 0)
      break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      has_overflowed = has_overflowed || (event.mask & IN_Q_OVERFLOW) != 0;
      read_event(event, name, events, visit);
    }
  }
  if (has_overflowed)
    m_open_counts.clear();
}

void Watcher::read_event(const inotify_event& event, const char* name, Events& events, const Visit& visit) {
  if (event.mask & IN_Q_OVERFLOW) {
    events.list = events.overflowed = true;
    return;
  }
  std::string below;
  if (event.wd != m_watch) {
    if (!read_event_below(event, events, below))
      return;
  } else if (event.mask & k_lost_events) {
    events.lost = true;
    return;
  }
  if (event.len == 0)
    return;
  std::string_view entry{name, ::strnlen(name, event.len)};
  if (event.mask & IN_DELETE) {
    if (event.mask & IN_ISDIR)
      visit(entry, Hint::removed);
    return;
  }
  if (!below.empty())
    entry = below.append("/").append(entry);
  const bool is_directory = (event.mask & IN_ISDIR) != 0;
  if (m_counts_opens && !is_directory)
    count(entry, event.mask);
  if (event.mask & k_entry_events)
    visit(entry, is_directory ? Hint::directory : hint_of(event.mask));
}

// The path of the directory that has the event; false if there is nothing more to do.
bool Watcher::read_event_below(const inotify_event& event, Events& events, std::string& path) {
  const auto below = m_below.find(event.wd);
  if (below == m_below.end())
    return false;                 // of a directory that is not watched any more
  if (event.mask & IN_IGNORED) {  // it was removed
    m_open_counts.forget_below(below->second.path);
    m_below.erase(below);
  } else if (event.mask & IN_MOVE_SELF) {
    events.list = true;
  } else if ((event.mask & k_entry_events) || (event.mask & k_open_events)) {
    path = below->second.path;
    return true;
  }
  return false;
}

}  // namespace longshore::spool
