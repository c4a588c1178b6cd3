// What an idle loader does besides loading files. background_works() lists it; each item knows itself when it is due,
// and keeps its work if run() throws. No file waits for it, and it never counts against one.
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

// Chooses the item to start. It waits a second after each start of an item: other work comes between. Main thread.
class BackgroundSchedule {
 public:
  using Clock = BackgroundWork::Clock;

  explicit BackgroundSchedule(const Context& context);

  // The first item that is due; nullptr: none is.
  const BackgroundWork* take_due();
  std::optional<Clock::time_point> next_due() const;

 private:
  std::optional<Clock::time_point> due_of(std::size_t item) const;

  const Context& m_context;
  std::vector<Clock::time_point> m_earliest;  // of each item
};

}  // namespace longshore::ingest
