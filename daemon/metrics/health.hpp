// Answers /healthz (can a restart help?) and /readyz (are dropped files loaded?) from the main thread's last tick.
// Never fails and never blocks: an answer needs neither the main thread nor the database.
#pragma once

#include "observe/observer.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace longshore::metrics {

class Health final : public observe::Observer {
 public:
  using Clock = std::chrono::steady_clock;

  // Without this an idle daemon would not tick for longer than k_longest_silence.
  static constexpr std::chrono::seconds k_tick_interval{15};
  // Long enough to list a directory of millions of names, or to wait for a slow disk.
  static constexpr std::chrono::seconds k_longest_silence{120};

  void tick(const observe::Situation& situation) override;
  void reload_started() override { set_reloading(true); }
  void reload_finished() override { set_reloading(false); }
  std::chrono::milliseconds tick_interval() const override { return k_tick_interval; }

  // Why a restart may help; empty: healthy. The main thread may be silent for any time while it migrates: at the start
  // and during a reload. Any thread.
  std::vector<std::string> unhealthy_reasons(Clock::time_point now = Clock::now()) const;
  // Why files wait, or would wait if some were dropped; empty: ready. Any thread.
  std::vector<std::string> unready_reasons() const;

 private:
  void set_reloading(bool is_reloading);

  mutable std::mutex m_mutex;  // guards all below
  std::optional<observe::Situation> m_situation;
  Clock::time_point m_last_tick{};
  bool m_has_connected = false;  // to the database, so the tables are migrated
  bool m_is_reloading = false;
};

}  // namespace longshore::metrics
