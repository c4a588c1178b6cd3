// How long a file was not changed, without a table of earlier stats: the file system's clock minus the file's ctime.
// Every write, truncate, chmod, rename and link sets ctime. The file system's clock is read by touching a file on it:
// the local clock may differ from a file server's, and mtime is old for files that were copied with their times. One
// thread.
//
// Known weakness: a jump of a file server's clock is not noticed. Only the local clock is compared with the monotonic
// clock.
#pragma once

#include "base/fd.hpp"

#include <chrono>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace longshore::spool {

class Age {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // by_mtime: for `--once`, which does not watch for long: the age is taken from mtime, unless mtime is in the future.
  explicit Age(bool by_mtime) : m_by_mtime(by_mtime) {}

  // Creates the file that is touched in this directory; it has no name. Throws system_error.
  void use_clock_of(int directory);
  // Call at each look: the clock is then read again when needed. If the local clock has jumped by more than 100 ms
  // since the last look, all ages start again at 0.
  void begin_look(Instant now);

  // Reads the clock for this look, unless it was read. Throws system_error: the only fault of of().
  void read_clock();
  // Time without a change, at most the time since the clock last jumped. nullopt if the time stamp is in the future.
  // Throws system_error.
  std::optional<std::chrono::nanoseconds> of(const struct stat& st);

 private:
  bool m_by_mtime;
  Fd m_probe;
  std::optional<timespec> m_clock;                   // of the file system, in this look
  std::optional<std::chrono::nanoseconds> m_offset;  // local clock minus monotonic clock
  std::optional<Instant> m_jumped;
  Instant m_now{};
};

}  // namespace longshore::spool
