// How long a file has been still, without a table of what was seen before: its ctime, which every write, truncate,
// chmod, rename and link moves, against the file system's own clock, which is asked by touching a file there. A local
// clock would be wrong for a server's stamps, mtime for files copied with their times. One thread.
//
// Known weakness: a server's own clock that jumps is not noticed; only the local one is held against the monotonic one.
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

  // by_mtime: for a run that ends when landing is drained, and has no time to watch (`--once`): a file's age is what
  // its mtime says, unless that lies in the future.
  explicit Age(bool by_mtime) : m_by_mtime(by_mtime) {}

  // Puts the file that is touched into this directory, without a name. Throws system_error.
  void ask_clock_of(int directory);
  // To be called at each look: the clock is asked anew when it is needed, and a jump of the local clock (more than
  // 100 ms against the monotonic one since the look before) makes all ages begin anew.
  void begin_look(Instant now);

  // Time without a change; never more than has passed since the clock last jumped. nullopt: the stamp lies in the
  // future and tells nothing. Throws system_error.
  std::optional<std::chrono::nanoseconds> of(const struct stat& st);

 private:
  bool m_by_mtime;
  Fd m_probe;
  std::optional<timespec> m_clock;                   // the file system's, in this look
  std::optional<std::chrono::nanoseconds> m_offset;  // local clock against the monotonic one
  std::optional<Instant> m_jumped;
  Instant m_now{};
};

}  // namespace longshore::spool
