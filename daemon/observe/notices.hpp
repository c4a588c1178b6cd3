// Tells somebody: a program of the operator's, a webhook, or both (docs/notifications.md). One thread of its own does the telling, so
// that no load ever waits for it; what happens meanwhile is gathered.
#pragma once

#include "observe/attempt.hpp"
#include "observe/notebook.hpp"
#include "observe/observer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace longshore::observe {

class Notices final : public Observer {
 public:
  Notices() = default;
  // Tells what is noted, for a few seconds at most (longer in a run --once).
  ~Notices() override;
  Notices(const Notices&) = delete;

  // Before the daemon's first thread, and after each reload.
  void hold(const config::Config& config) override;
  void settled(const store::LedgerRow& row, std::int64_t file_id) override;
  void looked(const Situation& situation) override;
  // Why the daemon ends by itself.
  void daemon_failed(const std::string& error);

 private:
  struct Settings {
    std::string command = "off";
    std::string webhook = "off";
    Sender sender = {};
    bool is_once = false;
  };
  // On which notices go.
  struct Road {
    std::string name;        // for the log
    std::uint64_t lost = 0;  // notices, since the last that arrived
  };
  using Send = std::function<Attempt(const std::string& json)>;

  void start();
  void run();
  void tell(const Notice& notice, const Settings& settings);
  void send(Road& road, const Notice& notice, const Sender& sender, const Send& send_once);
  // False: there is no time left.
  bool pause(std::chrono::milliseconds time);
  bool is_too_late() const { return Moment::Clock::now().time_since_epoch().count() >= m_deadline; }

  mutable std::mutex m_mutex;
  std::condition_variable m_news;
  // under the mutex:
  Notebook m_notebook;
  Settings m_settings;
  bool m_ends = false;

  std::atomic<bool> m_is_wanted{false};
  std::atomic<std::int64_t> m_deadline{INT64_MAX};  // of the end, on the steady clock
  // the thread's own:
  Road m_to_command{"notify_command"};
  Road m_to_webhook{"notify_webhook"};

  std::thread m_thread;
};

}  // namespace longshore::observe
