// What the daemon reports to its observers: metrics, health, notices, systemd.
// Loaders report events when they happen; the main thread reports the whole situation with tick().
// An observer never throws and never blocks: the caller continues only when it returns.
#pragma once

#include "store/ledger.hpp"
#include "store/task_queries.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace longshore {
class Registry;
}
namespace longshore::config {
struct Config;
}

namespace longshore::observe {

// The state of the daemon, as the main thread knows it.
struct Situation {
  std::uint64_t files_waiting = 0;  // files of a feed: in the landing directory, and claimed files that are not running
  std::uint64_t files_waiting_for_writer = 0;  // of these: a process has them open for writing
  std::optional<std::int64_t> oldest_waiting;  // mtime of the oldest known one, in microseconds as in base/time.hpp
  std::uint64_t unread_directories = 0;        // in the landing directory: their files are not loaded
  unsigned running_jobs = 0;
  std::string reading_file;     // the largest file that is being read; "": none
  double reading_share = 0;     // how much of it has been read, 0 to 1
  std::string stuck_file;       // a file without progress for an hour; "": none
  std::string database_outage;  // why the database is unavailable: the last error; "": it answers
  std::string directory_fault;  // why a directory cannot be used: the last error; "": all are usable
  std::string clock_fault;      // why this host's clock may be wrong, so that files wait; "": it is trusted
  std::string paused_feeds;     // which feeds wait for a reload, and why; "": none
  std::string parked_files;     // of which feeds files wait for their operator, and why; "": none
  std::uint64_t files_parked = 0;
  std::map<std::string, std::string> late_feeds;  // why, by name; empty: none
  std::uint64_t queue_overflows = 0;              // of the kernel's event queue, since this watch began
  bool is_stopping = false;
};

// A run of a task that has ended.
struct TaskRunReport {
  std::string task;
  std::int64_t run_id = 0;
  double seconds = 0;
  std::uint64_t changes = 0;
  std::uint64_t touched = 0;
  std::string error;           // "": it succeeded
  std::uint64_t failures = 0;  // in a row: with this one if it failed, before this one if it succeeded
  unsigned retries = 0;        // of the declaration
};

// Any thread may call, several at once, except where a function says "main thread".
class Observer {
 public:
  virtual ~Observer() = default;

  // The file's outcome is committed and the file is in its archive directory. Not called again for a file that was
  // finished before a crash and is only moved now.
  virtual void file_finished(const store::LedgerRow& /*row*/, std::int64_t /*file_id*/) {}
  virtual void transaction_committed(std::size_t /*files*/) {}
  // A member that no column of the feed reads is new in ingest_drift. The path is escaped.
  virtual void drift_found(const std::string& /*feed*/, const std::string& /*path*/, const std::string& /*type*/) {}
  // A file went on growing after it was loaded, by this number of bytes. The name is escaped.
  virtual void file_grew(std::int64_t /*file_id*/, const std::string& /*file_name*/, std::uint64_t /*bytes*/) {}
  // Housekeeping removed archived files, or replaced them by compressed ones (bytes: saved), or ended a round. `fault`:
  // why it could not do all of its work; "": it could.
  virtual void files_purged(std::size_t /*files*/, std::uint64_t /*bytes*/) {}
  virtual void files_compressed(std::size_t /*files*/, std::uint64_t /*bytes*/) {}
  virtual void housekeeping_round_finished(const std::string& /*fault*/) {}
  // Rows of a feed that were behind its horizon have gone.
  virtual void rows_purged(const std::string& /*feed*/, std::uint64_t /*rows*/) {}
  // A run of a task has ended, and its outcome is committed.
  virtual void task_run_finished(const TaskRunReport& /*run*/) {}
  // All declared tasks, as the database has them now. Never called without tasks.
  virtual void tasks_read(const std::vector<store::TaskStatus>& /*tasks*/) {}
  // A job is retried later because of a fault that is not in the file.
  virtual void job_delayed(const std::string& /*why*/) {}
  // Files were taken over from an instance, or an earlier run of this one, that ended without finishing them.
  virtual void files_adopted(std::size_t /*files*/) {}
  // Main thread. First when the database answers or is found unavailable; then when the daemon becomes idle, every
  // second while jobs run, and at least once per tick_interval().
  virtual void tick(const Situation& /*situation*/) {}
  // Main thread. At the start and after each reload.
  virtual void settings_changed(const config::Config& /*config*/) {}
  virtual void feeds_changed(const Registry& /*feeds*/) {}
  // Main thread. New settings are being read. They apply when the running jobs have finished. Called again if another
  // HUP comes first.
  virtual void reload_started() {}
  // Main thread. The new settings are in use, or they were refused and the old ones stay in use.
  virtual void reload_finished() {}
  // The longest time between two ticks that this observer accepts; zero: an idle daemon need not tick.
  virtual std::chrono::milliseconds tick_interval() const { return {}; }
};

// Forwards everything to all observers added. The caller owns them; they must outlive this.
class Observers final : public Observer {
 public:
  void add(Observer& observer) { m_observers.push_back(&observer); }

  void file_finished(const store::LedgerRow& row, std::int64_t id) override { all(&Observer::file_finished, row, id); }
  void transaction_committed(std::size_t files) override { all(&Observer::transaction_committed, files); }
  void drift_found(const std::string& feed, const std::string& path, const std::string& type) override {
    all(&Observer::drift_found, feed, path, type);
  }
  void file_grew(std::int64_t id, const std::string& name, std::uint64_t bytes) override {
    all(&Observer::file_grew, id, name, bytes);
  }
  void files_purged(std::size_t files, std::uint64_t bytes) override { all(&Observer::files_purged, files, bytes); }
  void files_compressed(std::size_t files, std::uint64_t bytes) override {
    all(&Observer::files_compressed, files, bytes);
  }
  void housekeeping_round_finished(const std::string& fault) override {
    all(&Observer::housekeeping_round_finished, fault);
  }
  void rows_purged(const std::string& feed, std::uint64_t rows) override { all(&Observer::rows_purged, feed, rows); }
  void task_run_finished(const TaskRunReport& run) override { all(&Observer::task_run_finished, run); }
  void tasks_read(const std::vector<store::TaskStatus>& tasks) override { all(&Observer::tasks_read, tasks); }
  void job_delayed(const std::string& why) override { all(&Observer::job_delayed, why); }
  void files_adopted(std::size_t files) override { all(&Observer::files_adopted, files); }
  void tick(const Situation& situation) override { all(&Observer::tick, situation); }
  void settings_changed(const config::Config& config) override { all(&Observer::settings_changed, config); }
  void feeds_changed(const Registry& feeds) override { all(&Observer::feeds_changed, feeds); }
  void reload_started() override { all(&Observer::reload_started); }
  void reload_finished() override { all(&Observer::reload_finished); }
  std::chrono::milliseconds tick_interval() const override {
    std::chrono::milliseconds shortest{};
    for (const Observer* observer : m_observers)
      if (const auto interval = observer->tick_interval(); interval.count() > 0)
        shortest = shortest.count() > 0 ? std::min(shortest, interval) : interval;
    return shortest;
  }

 private:
  template <class... Parameters, class... Values>
  void all(void (Observer::*event)(Parameters...), const Values&... values) {
    for (Observer* observer : m_observers)
      (observer->*event)(values...);
  }

  std::vector<Observer*> m_observers;
};

}  // namespace longshore::observe
