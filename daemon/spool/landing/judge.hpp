// Decides whether an entry of the landing directory is ready to be claimed, must wait, or is not a file for a feed.
// Reads the entry's stat and last bytes; changes nothing. Throws Error{transient} if the directories cannot be read.
// One thread.
#pragma once

#include "spool/candidate.hpp"
#include "spool/landing/age.hpp"
#include "spool/landing/landing_settings.hpp"
#include "spool/landing/open_writers.hpp"
#include "spool/landing/recheck_queue.hpp"
#include "spool/landing/watcher.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace longshore::spool {

struct Judgement {
  enum class Kind {
    ready,     // a file of a feed, unchanged for long enough
    unrouted,  // a file of no feed, unchanged for long enough
    wait,      // changed too recently: look again after `pause`
    ignored,   // does not exist, or is not a regular file
    directory,
    blocked,  // cannot be read: only a listing will show it again
  };
  Kind kind;
  Candidate candidate{};              // of by_age() and by_end(), unless ignored, directory or blocked
  RecheckQueue::Entry entry{};        // wait
  std::chrono::nanoseconds pause{0};  // wait
  std::string why{};                  // ignored, blocked: for the log; "" if nothing is to be logged
};

class Judge {
 public:
  using Instant = RecheckQueue::Instant;

  // `writers` and `watcher` must outlive it.
  Judge(const LandingSettings& settings, OpenWriters& writers, Watcher& watcher);

  // `landing` is the directory of the entries; it must stay open. `work` is on the same file system: a file there gives
  // the file system's clock. Throws system_error.
  void attach(int landing, const std::string& work);
  // Call before the first judgement of each look.
  void begin_look(Instant now);

  // Reads the file system's clock for this look, if it was not read yet: a fault of the work directory is thrown here,
  // and by_age() then throws none.
  void read_clock() { m_age.read_clock(); }

  // Of the entry `name` of a directory: landing or one below. nullopt for a regular file, whose stat is then in `st`;
  // otherwise `ignored`, `directory` or `blocked`.
  std::optional<Judgement> by_type(int directory, const std::string& name, bool is_routed, struct stat& st) const;
  // The same for a path below landing.
  std::optional<Judgement> by_type(const std::string& path, bool is_routed, struct stat& st) const;
  // Judges a regular file by its stat; the file is not opened.
  Judgement by_age(Candidate candidate, RecheckQueue::Entry entry, const struct stat& st);
  // Opens the file and judges it by its last bytes and its open writer, too.
  Judgement by_end(const std::string& path, RecheckQueue::Entry entry);

  // How long a file must be unchanged after this hint.
  std::chrono::milliseconds stillness_after(Hint hint) const;

 private:
  std::chrono::nanoseconds age_of(const struct stat& st, RecheckQueue::Entry& entry);
  bool is_open(const std::string& name, const Fd& file);
  Judgement by_writer(Candidate candidate, RecheckQueue::Entry entry, const Fd& file);

  LandingSettings m_settings;
  OpenWriters& m_writers;
  Watcher& m_watcher;
  Age m_age;
  int m_landing = -1;
  Instant m_now{};
};

}  // namespace longshore::spool
