// Whether the daemon gets on (/healthz) and whether what it needs is there (/readyz), from the last word of the main
// thread.
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

  // So often the main thread shows that it gets round. Without that a daemon that nobody asks sleeps longer.
  static constexpr std::chrono::seconds k_pause{15};
  // So long it may be silent: it may have a directory of millions of names to list, or a slow disk.
  static constexpr std::chrono::seconds k_longest_silence{120};

  void tick(const observe::Situation& situation) override;
  void reloading(bool begins) override;
  std::chrono::milliseconds longest_pause() const override { return k_pause; }

  // Why a restart may help; empty: it needs none. At the start, and while new settings change tables, the main thread
  // may be silent for as long as that takes. Any thread.
  std::vector<std::string> ailments(Clock::time_point now = Clock::now()) const;
  // Why files wait or would wait; empty: they need not. Any thread.
  std::vector<std::string> obstacles() const;

 private:
  mutable std::mutex m_mutex;  // guards what follows
  std::optional<observe::Situation> m_situation;
  Clock::time_point m_looked{};
  bool m_is_started = false;  // the tables are there
  bool m_is_reloading = false;
};

}  // namespace longshore::metrics
