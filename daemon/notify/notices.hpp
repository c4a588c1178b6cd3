// Tells somebody: a program of the operator's, a webhook, or both (docs/notifications.md). One thread of its own does the telling, so
// that no load ever waits for it; what happens meanwhile is gathered.
#pragma once

#include "notify/attempt.hpp"
#include "notify/pending_notices.hpp"
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

namespace longshore::notify {

class Notices final : public observe::Observer {
 public:
  Notices() = default;
  // Tells what is noted, for a few seconds at most (longer in a run --once).
  ~Notices() override;
  Notices(const Notices&) = delete;

  // Before the daemon's first thread, and after each reload.
  void settings_changed(const config::Config& config) override;
  void file_finished(const store::LedgerRow& row, std::int64_t file_id) override;
  void tick(const observe::Situation& situation) override;
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
  struct Channel {
    std::string name;        // for the log
    std::uint64_t lost = 0;  // notices, since the last that arrived
  };
  using Send = std::function<Attempt(const std::string& json)>;

  void start();
  void run();
  void tell(const Notice& notice, const Settings& settings);
  void send(Channel& road, const Notice& notice, const Sender& sender, const Send& send_once);
  // False: there is no time left.
  bool pause(std::chrono::milliseconds time);
  bool is_too_late() const { return Moment::Clock::now().time_since_epoch().count() >= m_deadline; }

  mutable std::mutex m_mutex;
  std::condition_variable m_news;
  // under the mutex:
  PendingNotices m_pending;
  Settings m_settings;
  bool m_ends = false;

  std::atomic<bool> m_is_wanted{false};
  std::atomic<std::int64_t> m_deadline{INT64_MAX};  // of the end, on the steady clock
  // the thread's own:
  Channel m_to_command{"notify_command"};
  Channel m_to_webhook{"notify_webhook"};

  std::thread m_thread;
};

}  // namespace longshore::notify
