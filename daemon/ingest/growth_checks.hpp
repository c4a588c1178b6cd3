// Files that were loaded although a process has, or may have, them open for writing. When `grace` has passed since they
// were archived, a loader looks at each again: if it grew, its ledger row, the log and a notice say so. A file that is
// still open for writing then is looked at again, each time after `open_grace`; one without a lease once more.
//
// Bounded: of more than k_most_growth_checks files the oldest is left out. What is left out, or not looked at before
// the process ends, is found by `longshore verify`.
#pragma once

#include "config/config.hpp"
#include "observe/observer.hpp"
#include "spool/archive/archive.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace longshore::ingest {

inline constexpr std::size_t k_most_growth_checks = 10'000;

class GrowthChecks {
 public:
  using Clock = std::chrono::steady_clock;

  // Any thread.
  void add(std::int64_t file_id, Clock::time_point due);
  // When run() has something to do; nullopt: nothing is planned.
  std::optional<Clock::time_point> next_due() const;
  // Looks at the files that are due, at most 100. Throws what the session and the archive throw; the file is then looked
  // at later.
  void run(store::Session& session, const spool::Archive& archive, const config::Config& config,
           observe::Observer& observer);

 private:
  struct Planned {
    std::int64_t file_id;
    Clock::time_point due;
    unsigned looks = 0;  // so far
  };

  void add(const Planned& planned);
  std::optional<Planned> take_due();

  mutable std::mutex m_mutex;
  std::deque<Planned> m_planned;  // guarded by m_mutex; by due
};

}  // namespace longshore::ingest
