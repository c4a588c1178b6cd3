// A reload: settings and feeds are read again on SIGHUP, and applied while no job runs.
// Wrong settings are logged, and the old ones stay in use. Directories, database, instance and the places of
// metrics need a restart.
#pragma once

#include "ingest/setup.hpp"
#include "observe/observer.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace longshore::ingest {

// The main thread's. The function and the observer must outlive it.
class Reload {
 public:
  Reload(const std::function<Setup()>& read_setup, observe::Observer& observer)
      : m_read_setup(read_setup), m_observer(observer) {}

  // Reads the settings; refused ones leave those of an earlier call pending. Does nothing without a function.
  void read(unsigned running_jobs);
  // Settings wait to be applied: no new work may begin.
  bool is_pending() const { return m_next.has_value(); }
  std::optional<Setup> take() { return std::move(m_next); }

 private:
  const std::function<Setup()>& m_read_setup;
  observe::Observer& m_observer;
  std::optional<Setup> m_next;
};

// Replaces `setup` by `next`, and creates the tables of new feeds. If the database refuses that, the old settings stay.
// `session` is the one that open_store() returned.
void apply_reload(Setup next, Setup& setup, std::unique_ptr<store::Session>& session, const store::Target& target);

}  // namespace longshore::ingest
