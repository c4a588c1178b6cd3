#include "observe/systemd.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <systemd/sd-daemon.h>

namespace longshore::observe {
namespace {

constexpr std::size_t k_status_bytes = 500;
// The main thread sends no ping while it migrates, and a migration may rewrite large tables.
constexpr std::chrono::hours k_migration_timeout{24};

std::string activity(const Situation& situation) {
  if (situation.is_stopping)
    return "stopping: " + std::to_string(situation.running_jobs) + " jobs running";
  if (!situation.stuck_file.empty())
    return situation.stuck_file + " is stuck";
  if (!situation.database_outage.empty())
    return "waiting for the database: " + printable(situation.database_outage);
  if (!situation.directory_fault.empty())
    return "waiting for the directories: " + printable(situation.directory_fault);
  if (!situation.clock_fault.empty())
    return "waiting for the clock: " + printable(situation.clock_fault);
  if (!situation.reading_file.empty())
    return "loading " + situation.reading_file + ", " +
           std::to_string(std::lround(100 * std::min(situation.reading_share, 1.0))) + " %";
  if (situation.running_jobs > 0)
    return "loading";
  if (!situation.parked_files.empty())
    return "files wait for the operator: " + printable(situation.parked_files);
  return situation.paused_feeds.empty() ? "idle" : printable(situation.paused_feeds);
}

}  // namespace

std::string status_line(const Situation& situation) {
  std::string line = std::string{clip_utf8(activity(situation), k_status_bytes)};
  if (situation.files_waiting > 0)
    line += "; " + human_count(situation.files_waiting) +
            (situation.files_waiting == 1 ? " file waiting" : " files waiting");
  if (situation.files_waiting_for_writer > 0)
    line += ", " + human_count(situation.files_waiting_for_writer) + " for a writer";
  return line;
}

Systemd::Systemd() {
  std::uint64_t micros = 0;
  if (::sd_watchdog_enabled(0, &micros) > 0)
    m_timeout = m_watchdog = std::chrono::milliseconds{micros / 1000};
}

std::string Systemd::watchdog_timeout(std::chrono::milliseconds wanted) {
  if (m_watchdog.count() == 0 || wanted == m_timeout)
    return "";
  m_timeout = wanted;
  return "WATCHDOG_USEC=" + std::to_string(std::chrono::microseconds{wanted}.count()) + "\n";
}

void Systemd::tick(const Situation& situation) {
  std::string lines;
  if (situation.is_stopping)
    lines += "STOPPING=1\n";
  else if (!m_is_ready)
    lines += "READY=1\n";
  m_is_ready = true;
  m_has_connected = m_has_connected || situation.database_outage.empty();
  const bool is_stuck = !situation.stuck_file.empty();
  const bool may_migrate = !m_has_connected || m_is_reloading;
  lines += watchdog_timeout(may_migrate && !is_stuck ? k_migration_timeout : m_watchdog);
  if (m_watchdog.count() > 0 && !is_stuck)
    lines += "WATCHDOG=1\n";
  if (std::string status = status_line(situation); status != m_status) {
    lines += "STATUS=" + status + "\n";
    m_status = std::move(status);
  }
  if (!lines.empty())
    ::sd_notify(0, lines.c_str());
}

void Systemd::reload_started() {
  m_is_reloading = true;
  // Type=notify-reload needs the time of the start; steady_clock is CLOCK_MONOTONIC
  const std::chrono::microseconds now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
  const std::string lines = "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()) + "\n";
  ::sd_notify(0, (lines + watchdog_timeout(k_migration_timeout)).c_str());
}

void Systemd::reload_finished() {
  m_is_reloading = false;
  ::sd_notify(0, ("READY=1\n" + watchdog_timeout(m_watchdog)).c_str());
}

}  // namespace longshore::observe
