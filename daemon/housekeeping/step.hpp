// One kind of clean-up, such as the purge of archived files. The housekeeper runs all steps in each of its rounds.
#pragma once

#include "observe/observer.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace longshore::housekeeping {

// What a step has changed, for its row in ingest_task_runs.
struct Work {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  // removed, or saved
  std::uint64_t rows = 0;
  std::uint64_t partitions = 0;

  bool is_empty() const { return files == 0 && rows == 0 && partitions == 0; }
};

// Thrown by Round::rest() when the thread must end. A step lets it pass, and undoes its work in destructors.
struct Stopping {};

// What a round gives to its steps. Used by the thread of the housekeeper only.
class Round {
 public:
  virtual ~Round() = default;

  // Its own session, with no open transaction.
  virtual store::Session& session() = 0;
  // When the round began, as in base/time.hpp: by this host's clock or the database's, whichever is earlier, and at
  // most two days after the newest file that was begun more than a day before. So a clock that is ahead by years makes
  // files and rows two days older, not years.
  virtual std::int64_t now() const = 0;
  virtual observe::Observer& observer() = 0;
  // The step adds what it has changed, when that is done.
  virtual Work& work() = 0;
  // Between two chunks of work; no transaction may be open. Pauses for as long as the chunk took, at most a second,
  // so that loads have the database and the disk for half of the time. Throws Stopping.
  virtual void rest() = 0;
};

class Step {
 public:
  virtual ~Step() = default;

  // For messages: "purge of processed files".
  virtual std::string_view name() const = 0;
  // The task under which its work is recorded: "purge_processed".
  virtual std::string_view task() const = 0;
  // Does what is due now, in chunks of well below a second with Round::rest() between them. It can be ended at any
  // point, also by a crash: the next run continues. Other processes may change the same rows and files meanwhile.
  // Throws what store and spool throw: the step then runs again in the next round.
  virtual void run(Round& round) = 0;
};
using Steps = std::vector<std::unique_ptr<Step>>;

}  // namespace longshore::housekeeping
