#include "metrics/health.hpp"

namespace longshore::metrics {

void Health::tick(const observe::Situation& situation) {
  const std::lock_guard lock{m_mutex};
  m_situation = situation;
  m_last_tick = Clock::now();
  m_has_connected = m_has_connected || situation.database_outage.empty();
}

void Health::set_reloading(bool is_reloading) {
  const std::lock_guard lock{m_mutex};
  m_is_reloading = is_reloading;
  m_last_tick = Clock::now();
}

std::vector<std::string> Health::unhealthy_reasons(Clock::time_point now) const {
  const std::lock_guard lock{m_mutex};
  std::vector<std::string> reasons;
  const auto silence = std::chrono::duration_cast<std::chrono::seconds>(now - m_last_tick);
  if (m_has_connected && !m_is_reloading && silence > k_longest_silence)
    reasons.push_back("the main loop has not run for " + std::to_string(silence.count()) + " s");
  if (m_situation && !m_situation->stuck_file.empty())
    reasons.push_back("a file is stuck, no progress for an hour: " + m_situation->stuck_file);
  return reasons;
}

std::vector<std::string> Health::unready_reasons() const {
  const std::lock_guard lock{m_mutex};
  if (!m_situation)
    return {"starting: directories and tables are being checked"};
  std::vector<std::string> reasons;
  if (!m_situation->database_outage.empty())
    reasons.push_back("waiting for the database: " + m_situation->database_outage);
  if (!m_situation->directory_fault.empty())
    reasons.push_back("waiting for the directories: " + m_situation->directory_fault);
  if (m_situation->is_stopping)
    reasons.emplace_back("stopping");
  return reasons;
}

}  // namespace longshore::metrics
