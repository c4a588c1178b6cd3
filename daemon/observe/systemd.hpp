// The service manager's view: ready, reloading, stopping, what it does in a line, and a sign of life (sd_notify(3)).
#pragma once

#include "observe/observer.hpp"

#include <chrono>
#include <string>

namespace longshore::observe {

// Without a NOTIFY_SOCKET in the environment it does nothing. The main thread's.
class Systemd final : public Observer {
 public:
  Systemd();

  // The watchdog is fed by it: the main thread gets round, and no file is stuck.
  void tick(const Situation& situation) override;
  void reloading(bool begins) override;
  // Half of WatchdogSec=.
  std::chrono::milliseconds longest_pause() const override { return m_watchdog / 2; }

 private:
  // What makes the watchdog wait long, for a main thread that may be at a migration, or as long as it is set to; "": it
  // does so already.
  std::string patience(bool is_long);

  std::chrono::milliseconds m_watchdog{};  // zero: there is none
  bool m_is_patient = false;
  bool m_is_ready = false;
  bool m_has_tables = false;
  bool m_is_reloading = false;
  std::string m_status;  // the last that was told
};

// "loading objects_detection_1.json, 41 %; 12 files wait"
std::string status_line(const Situation& situation);

}  // namespace longshore::observe
