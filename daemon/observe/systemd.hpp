// Reports the daemon's state to systemd: READY=1, RELOADING=1, STOPPING=1, STATUS= and WATCHDOG=1 (sd_notify(3)).
// Does nothing without NOTIFY_SOCKET in the environment. The watchdog ping stops while a file is stuck.
#pragma once

#include "observe/observer.hpp"

#include <chrono>
#include <string>

namespace longshore::observe {

// Main thread only.
class Systemd final : public Observer {
 public:
  Systemd();

  void tick(const Situation& situation) override;
  void reload_started() override;
  void reload_finished() override;
  // Half of WatchdogSec=.
  std::chrono::milliseconds tick_interval() const override { return m_watchdog / 2; }

 private:
  // The line that changes systemd's watchdog time-out; "": it has this value already, or there is no watchdog.
  std::string watchdog_timeout(std::chrono::milliseconds wanted);

  std::chrono::milliseconds m_watchdog{};  // WatchdogSec=; zero: none
  std::chrono::milliseconds m_timeout{};   // what systemd uses now
  bool m_is_ready = false;
  bool m_has_connected = false;
  bool m_is_reloading = false;
  std::string m_status;  // the last one sent
};

// "loading objects_detection_1.json, 41 %; 12 files waiting"
std::string status_line(const Situation& situation);

}  // namespace longshore::observe
