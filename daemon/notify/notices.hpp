// Sends notices to a program, to a webhook, or to both (docs/notifications.md). A thread of its own sends them one
// after the other, so that no load waits for a program or a server. A notice that cannot be delivered is logged and
// dropped. A report is also recorded in the database.
#pragma once

#include "notify/delivery.hpp"
#include "notify/pending_notices.hpp"
#include "notify/recorded_report.hpp"
#include "observe/observer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace longshore::notify {

class Notices final : public observe::Observer {
 public:
  Notices() = default;
  // Sends what is pending: for at most 5 s, in run --once for at most 30 s.
  ~Notices() override;
  Notices(const Notices&) = delete;

  // The first call must come before the daemon starts threads.
  void settings_changed(const config::Config& config) override;
  void file_finished(const store::LedgerRow& row, std::int64_t file_id) override;
  void file_grew(std::int64_t file_id, const std::string& file_name, std::uint64_t bytes) override;
  void drift_found(const std::string& feed, const std::string& path, const std::string& type) override;
  void task_run_finished(const observe::TaskRunReport& run) override;
  void tick(const observe::Situation& situation) override;
  // The daemon ends because of this error.
  void daemon_failed(const std::string& error);

 private:
  struct Settings {
    std::string command = "off";
    std::string webhook = "off";
    Sender sender = {};
    std::optional<ReportRecord> record = {};  // only with a report
    bool is_once = false;
  };
  struct Channel {
    std::string name;        // for the log
    std::uint64_t lost = 0;  // notices, since the last one delivered
  };
  using Deliver = std::function<Attempt(const std::string& json)>;

  void start();
  void run();
  void send(const Notice& notice, const Settings& settings);
  void send_by(Channel& channel, const Notice& notice, const Sender& sender, const Deliver& deliver);
  // Returns false if the deadline comes first.
  bool pause(std::chrono::milliseconds time);
  bool is_past_deadline() const { return Moment::Clock::now().time_since_epoch().count() >= m_deadline; }

  std::mutex m_mutex;  // guards m_pending, m_settings, m_is_ending
  std::condition_variable m_changed;
  PendingNotices m_pending;
  Settings m_settings;
  bool m_is_ending = false;

  std::atomic<bool> m_is_enabled{false};
  std::atomic<std::int64_t> m_deadline{INT64_MAX};  // to stop sending, on the steady clock
  Channel m_command{"notify_command"};              // this and the next two: only m_thread uses them
  Channel m_webhook{"notify_webhook"};
  Channel m_record{"report in ingest_task_runs"};

  std::thread m_thread;
};

}  // namespace longshore::notify
