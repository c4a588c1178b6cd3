// What an idle loader does besides loading files, as a list. An item says when it is due, and keeps what it has to do if
// run() throws. No file waits for an item, and a failure never counts against one.
#pragma once

#include "ingest/context.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace longshore::spool {
class Archive;
}

namespace longshore::ingest {

struct BackgroundWork {
  using Clock = std::chrono::steady_clock;

  std::string_view undone;                                        // logged before the error if run() throws
  std::optional<Clock::time_point> (*next_due)(const Context&);   // nullopt: nothing to do. Main thread
  void (*run)(Context&, store::Session&, const spool::Archive&);  // A loader's thread. Throws what the session throws
};

std::span<const BackgroundWork> background_works();

// Chooses the item to start. An item runs once at a time. It starts again a second after its end at the earliest, so
// that loads come between, and a minute after a failure. Main thread.
class BackgroundSchedule {
 public:
  using Clock = BackgroundWork::Clock;

  explicit BackgroundSchedule(const Context& context);

  // The first item that is due; nullptr: none is. Call ended() when it has run.
  const BackgroundWork* take_due();
  void ended(const BackgroundWork& work, bool has_failed);
  std::optional<Clock::time_point> next_due() const;

 private:
  std::optional<Clock::time_point> due_of(std::size_t item) const;

  const Context& m_context;
  std::vector<Clock::time_point> m_earliest;  // start of each item; max(): it is running
};

}  // namespace longshore::ingest
