// What the daemon tells those who watch it: metrics, notices, systemd. They hear of outcomes as they come, and of the whole
// each time the main thread has looked round.
#pragma once

#include "store/ledger.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
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

// How it stands, as the main thread sees it.
struct Situation {
  std::uint64_t files_waiting = 0;  // of a feed: in the landing directory, and claimed ones that are not under way
  std::optional<std::int64_t> oldest_waiting;  // mtime of the oldest that is known, on the scale of base/time.hpp
  unsigned jobs = 0;                           // under way
  std::string file;                            // the largest that is being read; "": none
  double share = 0;                            // of its bytes that are read, 0 to 1
  std::string stuck;                           // a file that has not got on for far too long; "": none
  std::string outage;                          // the database, in the words of the last try; "": it answers
  std::string trouble;                         // of the directories, in the words of the last try; "": none
  std::uint64_t events_lost = 0;               // times that the kernel's queue of events overflowed, since the start
  bool is_stopping = false;
};

// Loaders and the main thread call, several at once, and go on when it returns: an observer must not wait for anybody.
class Observer {
 public:
  virtual ~Observer() = default;

  // A file's outcome is in the ledger, and the file in its place. Of a file that was settled before, and only moved now, nobody
  // is told again.
  virtual void file_finished(const store::LedgerRow& /*row*/, std::int64_t /*file_id*/) {}
  // So many files in one transaction.
  virtual void committed(std::size_t /*files*/) {}
  // A job is put off, for a reason that is not its own.
  virtual void job_delayed(const std::string& /*why*/) {}
  // Files of an instance, or of an earlier life, that died over them.
  virtual void adopted(std::size_t /*files*/) {}
  // The main thread: when it has reached the database or waits for it, then when it comes to rest, each second while jobs are under
  // way, and at least each longest_pause().
  virtual void tick(const Situation& /*situation*/) {}
  // These settings hold from now on: at the start, and after a reload. The main thread.
  virtual void settings_changed(const config::Config& /*config*/) {}
  // So do these feeds.
  virtual void feeds_changed(const Registry& /*feeds*/) {}
  // New settings are being read (true); those or the old ones hold (false). The main thread.
  virtual void reloading(bool /*begins*/) {}
  // Zero: nothing has to be said while nothing happens.
  virtual std::chrono::milliseconds longest_pause() const { return {}; }
};

// All of them as one; each is the caller's and outlives the daemon.
class Observers final : public Observer {
 public:
  void add(Observer& observer) { m_observers.push_back(&observer); }

  void file_finished(const store::LedgerRow& row, std::int64_t file_id) override {
    for (Observer* observer : m_observers)
      observer->file_finished(row, file_id);
  }
  void committed(std::size_t files) override {
    for (Observer* observer : m_observers)
      observer->committed(files);
  }
  void job_delayed(const std::string& why) override {
    for (Observer* observer : m_observers)
      observer->job_delayed(why);
  }
  void adopted(std::size_t files) override {
    for (Observer* observer : m_observers)
      observer->adopted(files);
  }
  void tick(const Situation& situation) override {
    for (Observer* observer : m_observers)
      observer->tick(situation);
  }
  void settings_changed(const config::Config& config) override {
    for (Observer* observer : m_observers)
      observer->settings_changed(config);
  }
  void feeds_changed(const Registry& feeds) override {
    for (Observer* observer : m_observers)
      observer->feeds_changed(feeds);
  }
  void reloading(bool begins) override {
    for (Observer* observer : m_observers)
      observer->reloading(begins);
  }
  std::chrono::milliseconds longest_pause() const override {
    std::chrono::milliseconds shortest{};
    for (const Observer* observer : m_observers)
      if (const auto pause = observer->longest_pause(); pause.count() > 0)
        shortest = shortest.count() > 0 ? std::min(shortest, pause) : pause;
    return shortest;
  }

 private:
  std::vector<Observer*> m_observers;
};

}  // namespace longshore::observe
