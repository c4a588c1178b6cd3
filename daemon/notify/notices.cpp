#include "notify/notices.hpp"

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "base/signals.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string_view>
#include <vector>

namespace longshore::notify {
namespace {

// Before each retry of a notice.
constexpr std::array<std::chrono::milliseconds, 3> k_pauses = {std::chrono::seconds{1}, std::chrono::seconds{3},
                                                               std::chrono::seconds{9}};
// To send what is pending when longshore ends. systemd limits the time of the daemon, but not that of run --once.
constexpr std::chrono::seconds k_time_at_end{5};
constexpr std::chrono::seconds k_time_at_end_of_run{30};

std::vector<std::string> variables_of(const Notice& notice, const Sender& sender) {
  return {"LONGSHORE_NOTICE_KIND=" + std::string{name_of(notice.kind)},
          "LONGSHORE_NOTICE_STATE=" + std::string{state_of(notice.kind)},
          "LONGSHORE_NOTICE_SUMMARY=" + summary_of(notice, sender),
          "LONGSHORE_NOTICE_INSTANCE=" + printable(sender.instance), "LONGSHORE_NOTICE_HOST=" + printable(sender.host)};
}

}  // namespace

Notices::~Notices() {
  if (!m_thread.joinable())
    return;
  {
    const std::lock_guard lock{m_mutex};
    const auto time = m_settings.is_once ? k_time_at_end_of_run : k_time_at_end;
    m_deadline = (Moment::Clock::now() + time).time_since_epoch().count();
    m_is_ending = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void Notices::settings_changed(const config::Config& config) {
  {
    const std::lock_guard lock{m_mutex};
    m_settings = {config.notify_command, config.notify_webhook, {config.instance, host_name()}, {}, config.once};
    if (config.report != "off")
      m_settings.record = ReportRecord::of(config);
    m_is_enabled = m_settings.command != "off" || m_settings.webhook != "off" || m_settings.record;
    m_pending.settings_changed(config, Moment::now());
  }
  if (m_is_enabled && !m_thread.joinable())
    start();
  m_changed.notify_all();
}

void Notices::start() {
  std::signal(SIGCHLD, SIG_DFL);  // if the parent process ignored it, waitpid() would not return exit codes
  const SignalsBlocked blocked;
  m_thread = std::thread{[this] { run(); }};
}

void Notices::file_finished(const store::LedgerRow& row, std::int64_t file_id) {
  if (!m_is_enabled)
    return;
  bool is_sooner = false;
  {
    const std::lock_guard lock{m_mutex};
    is_sooner = m_pending.file_finished(row, file_id, Moment::now());
  }
  if (is_sooner)
    m_changed.notify_all();
}

void Notices::drift_found(const std::string& feed, const std::string& path, const std::string& type) {
  if (!m_is_enabled)
    return;
  {
    const std::lock_guard lock{m_mutex};
    m_pending.drift_found(feed, path, type, Moment::now());
  }
  m_changed.notify_all();
}

void Notices::file_grew(std::int64_t file_id, const std::string& file_name, std::uint64_t bytes) {
  if (!m_is_enabled)
    return;
  {
    const std::lock_guard lock{m_mutex};
    m_pending.file_grew(file_id, file_name, bytes, Moment::now());
  }
  m_changed.notify_all();
}

void Notices::task_run_finished(const observe::TaskRunReport& run) {
  if (!m_is_enabled)
    return;
  {
    const std::lock_guard lock{m_mutex};
    m_pending.task_run_finished(run, Moment::now());
  }
  m_changed.notify_all();
}

void Notices::tick(const observe::Situation& situation) {
  if (!m_is_enabled)
    return;
  {
    const std::lock_guard lock{m_mutex};
    m_pending.tick(situation, Moment::now());
  }
  m_changed.notify_all();
}

void Notices::daemon_failed(const std::string& error) {
  const std::lock_guard lock{m_mutex};
  m_pending.daemon_failed(error);
}

void Notices::run() {
  std::unique_lock lock{m_mutex};
  for (;;) {
    const bool is_ending = m_is_ending;
    if (const auto notice = m_pending.take(Moment::now(), is_ending)) {
      const Settings settings = m_settings;
      lock.unlock();
      send(*notice, settings);
      lock.lock();
    } else if (is_ending) {
      return;
    } else if (const auto next = m_pending.next_due(Moment::now())) {
      m_changed.wait_until(lock, *next);
    } else {
      m_changed.wait(lock);
    }
  }
}

void Notices::send(const Notice& notice, const Settings& settings) {
  const IsCancelled is_cancelled = [this] { return is_past_deadline(); };
  if (settings.record && notice.kind == NoticeKind::report)
    send_by(m_record, notice, settings.sender,
            [&](const std::string& /*json*/) { return record_report(notice, *settings.record); });
  if (settings.command != "off")
    send_by(m_command, notice, settings.sender, [&](const std::string& json) {
      return run_command(settings.command, json, variables_of(notice, settings.sender), is_cancelled);
    });
  if (settings.webhook != "off")
    send_by(m_webhook, notice, settings.sender,
            [&](const std::string& json) { return post(settings.webhook, json, is_cancelled); });
}

void Notices::send_by(Channel& channel, const Notice& notice, const Sender& sender, const Deliver& deliver) {
  const std::string json = json_of(notice, sender, now_micros(), channel.lost);
  for (std::size_t retries = 0;; ++retries) {
    const Attempt attempt = is_past_deadline() ? Attempt{k_cancelled, false} : deliver(json);
    if (attempt.fault.empty()) {
      channel.lost = 0;
      log::debug("{}: notice sent: {}", channel.name, name_of(notice.kind));
      return;
    }
    if (!attempt.may_retry || retries == k_pauses.size() || !pause(k_pauses[retries])) {
      ++channel.lost;
      log::error("{}: notice not sent, attempts: {}, last error: {}; the notice: {}", channel.name, retries + 1,
                 attempt.fault, summary_of(notice, sender));
      return;
    }
    log::debug("{}: retrying: {}", channel.name, attempt.fault);
  }
}

bool Notices::pause(std::chrono::milliseconds time) {
  using Time = Moment::Clock::time_point;
  const Time end = Moment::Clock::now() + time;
  std::unique_lock lock{m_mutex};
  while (Moment::Clock::now() < end && end.time_since_epoch().count() < m_deadline)
    m_changed.wait_until(lock, end);
  return end.time_since_epoch().count() < m_deadline;
}

}  // namespace longshore::notify
