#include "observe/systemd.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <systemd/sd-daemon.h>
#include <time.h>

namespace longshore::observe {
namespace {

constexpr std::size_t k_status_bytes = 500;
// A migration may rewrite large tables.
constexpr std::chrono::hours k_migration{24};

std::string activity(const Situation& situation) {
  if (situation.is_stopping)
    return "stopping: " + std::to_string(situation.jobs) + " jobs are under way";
  if (!situation.stuck.empty())
    return situation.stuck + " is stuck";
  if (!situation.outage.empty())
    return "waiting for the database: " + printable(situation.outage);
  if (!situation.trouble.empty())
    return "waiting for the directories: " + printable(situation.trouble);
  if (!situation.file.empty())
    return "loading " + situation.file + ", " + std::to_string(std::lround(100 * std::min(situation.share, 1.0))) +
           " %";
  return situation.jobs > 0 ? "loading" : "idle";
}

// Type=notify-reload wants to know when, by this clock.
std::uint64_t monotonic_micros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace

std::string status_line(const Situation& situation) {
  std::string line = std::string{clip_utf8(activity(situation), k_status_bytes)};
  if (situation.files_waiting > 0)
    line +=
        "; " + human_count(situation.files_waiting) + (situation.files_waiting == 1 ? " file waits" : " files wait");
  return line;
}

Systemd::Systemd() {
  std::uint64_t micros = 0;
  if (::sd_watchdog_enabled(0, &micros) > 0)
    m_watchdog = std::chrono::milliseconds{micros / 1000};
}

std::string Systemd::patience(bool is_long) {
  if (m_watchdog.count() == 0 || is_long == m_is_patient)
    return "";
  m_is_patient = is_long;
  const std::chrono::microseconds time = is_long ? k_migration : std::chrono::microseconds{m_watchdog};
  return "WATCHDOG_USEC=" + std::to_string(time.count()) + "\n";
}

void Systemd::tick(const Situation& situation) {
  std::string words;
  if (situation.is_stopping)
    words += "STOPPING=1\n";
  else if (!m_is_ready)
    words += "READY=1\n";
  m_is_ready = true;
  m_has_tables = m_has_tables || situation.outage.empty();
  words += patience((!m_has_tables || m_is_reloading) && situation.stuck.empty());
  if (m_watchdog.count() > 0 && situation.stuck.empty())
    words += "WATCHDOG=1\n";
  if (std::string status = status_line(situation); status != m_status) {
    words += "STATUS=" + status + "\n";
    m_status = std::move(status);
  }
  if (!words.empty())
    ::sd_notify(0, words.c_str());
}

void Systemd::reloading(bool begins) {
  m_is_reloading = begins;
  const std::string state = begins ? "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_micros()) : "READY=1";
  ::sd_notify(0, (state + "\n" + patience(begins)).c_str());
}

}  // namespace longshore::observe
