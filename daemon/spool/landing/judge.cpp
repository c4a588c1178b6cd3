#include "spool/landing/judge.hpp"

#include "base/error.hpp"
#include "spool/beneath.hpp"
#include "spool/entries.hpp"
#include "spool/landing/tail.hpp"
#include "spool/open_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>

namespace longshore::spool {
namespace {

using namespace std::chrono_literals;

// How often a file with an open writer is looked at again. The event of its close makes it sooner.
constexpr std::chrono::milliseconds k_writer_interval = 5s;

Judgement ready(Candidate candidate) { return {.kind = Judgement::Kind::ready, .candidate = std::move(candidate)}; }

Judgement wait(Candidate candidate, const RecheckQueue::Entry& entry, std::chrono::nanoseconds pause) {
  return {.kind = Judgement::Kind::wait, .candidate = std::move(candidate), .entry = entry, .pause = pause};
}

Judgement ignored(std::string why = "") { return {.kind = Judgement::Kind::ignored, .why = std::move(why)}; }

Judgement blocked(std::string why) { return {.kind = Judgement::Kind::blocked, .why = std::move(why)}; }

bool is_same_stamp(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

Judge::Judge(const LandingSettings& settings, OpenWriters& writers, Watcher& watcher)
    : m_settings(settings), m_writers(writers), m_watcher(watcher), m_age(settings.once) {}

void Judge::attach(int landing, const std::string& work) {
  m_age.use_clock_of(open_directory_at(AT_FDCWD, work).get());
  m_landing = landing;
}

void Judge::begin_look(Instant now) {
  m_now = now;
  m_age.begin_look(now);
}

std::optional<Judgement> Judge::by_type(const std::string& path, bool is_routed, struct stat& st) const {
  const Parent parent{m_landing, path};
  return parent ? by_type(parent.fd(), parent.name(), is_routed, st) : ignored();
}

std::optional<Judgement> Judge::by_type(int directory, const std::string& name, bool is_routed, struct stat& st) const {
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return ignored();
    if (errno == EACCES && directory == m_landing)  // a right on the directory is missing, not one on the file
      throw system_error(errno, "look into the landing directory");
    return blocked(std::strerror(errno));
  }
  if (S_ISREG(st.st_mode))
    return std::nullopt;
  if (S_ISDIR(st.st_mode))
    return Judgement{.kind = Judgement::Kind::directory};
  if (S_ISLNK(st.st_mode) && m_settings.recursive)  // it may be one to a directory
    return ignored("it is a link, and links are not followed");
  return ignored(is_routed ? "it is not a regular file" : "");
}

Judgement Judge::by_age(Candidate candidate, RecheckQueue::Entry entry, const struct stat& st) {
  const auto stillness = stillness_after(entry.hint);
  if (const auto age = age_of(st, entry); age < stillness)
    return wait(std::move(candidate), entry, stillness - age);
  return {.kind = entry.is_routed ? Judgement::Kind::ready : Judgement::Kind::unrouted,
          .candidate = std::move(candidate)};
}

Judgement Judge::by_end(const std::string& path, RecheckQueue::Entry entry) {
  Fd file;
  struct stat st {};
  const Parent parent{m_landing, path};
  const Tail tail = parent ? tail_of(parent.fd(), parent.name(), entry.ending, file, st) : Tail::gone;
  if (tail == Tail::gone)
    return ignored();
  if (tail == Tail::unreadable)
    return blocked("it cannot be read");
  Candidate candidate = candidate_of(path, st);
  const auto stillness = stillness_after(entry.hint);
  if (tail == Tail::whole && stillness == 0ms)  // its age does not matter: do not ask the file system for its clock
    return by_writer(std::move(candidate), entry, file);
  const auto age = age_of(st, entry);
  if (age < stillness)
    return wait(std::move(candidate), entry, stillness - age);
  if (tail == Tail::ends_early && age < m_settings.grace) {
    entry.ends_early = true;
    entry.hint = Hint::created;  // it may still be written, so an earlier rename or close does not count
    return wait(std::move(candidate), entry, m_settings.grace - age);
  }
  return by_writer(std::move(candidate), entry, file);
}

// Most files come with the event that their writer closed them, or moved them in: these are not asked here. The loader
// asks for every file, after its claim.
Judgement Judge::by_writer(Candidate candidate, RecheckQueue::Entry entry, const Fd& file) {
  const bool is_complete = entry.hint == Hint::closed || entry.hint == Hint::moved_in;
  if (is_complete && !m_writers.contains(candidate.name) && !m_watcher.open_counts().is_open(candidate.name))
    return ready(std::move(candidate));
  if (!is_open(candidate.name, file)) {
    m_writers.forget(candidate.name);
    return ready(std::move(candidate));
  }
  const auto left = m_writers.wait_of(candidate.name, candidate, m_settings.open_grace);
  if (left == 0ms)
    return ready(std::move(candidate));
  entry.has_writer = true;
  entry.hint = Hint::created;  // it is being written, so an earlier rename or close does not count
  return wait(std::move(candidate), entry, std::min(left, k_writer_interval));
}

// Where no lease is granted, events tell; the first such file makes the watcher count them.
bool Judge::is_open(const std::string& name, const Fd& file) {
  const OpenWriter writer = find_open_writer(file.get());
  if (writer != OpenWriter::unknown)
    return writer == OpenWriter::found;
  m_watcher.count_opens();
  return m_watcher.open_counts().is_open(name);
}

std::chrono::milliseconds Judge::stillness_after(Hint hint) const {
  if (hint == Hint::moved_in)
    return 0ms;
  return hint == Hint::closed ? m_settings.close_delay : m_settings.settle;
}

std::chrono::nanoseconds Judge::age_of(const struct stat& st, RecheckQueue::Entry& entry) {
  if (const auto age = m_age.of(st))
    return *age;
  if (!is_same_stamp(entry.ctime, st.st_ctim)) {
    entry.ctime = st.st_ctim;
    entry.since = m_now;
  }
  return m_now - entry.since;
}

}  // namespace longshore::spool
