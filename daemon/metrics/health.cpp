#include "metrics/health.hpp"

namespace longshore::metrics {

void Health::tick(const observe::Situation& situation) {
  const std::lock_guard lock{m_mutex};
  m_situation = situation;
  m_looked = Clock::now();
  m_is_started = m_is_started || situation.outage.empty();
}

void Health::reloading(bool begins) {
  const std::lock_guard lock{m_mutex};
  m_is_reloading = begins;
  m_looked = Clock::now();
}

std::vector<std::string> Health::ailments(Clock::time_point now) const {
  const std::lock_guard lock{m_mutex};
  std::vector<std::string> ailments;
  const auto silence = std::chrono::duration_cast<std::chrono::seconds>(now - m_looked);
  if (m_is_started && !m_is_reloading && silence > k_longest_silence)
    ailments.push_back("the main loop has not got round for " + std::to_string(silence.count()) + " s");
  if (m_situation && !m_situation->stuck.empty())
    ailments.push_back(m_situation->stuck + " is stuck: it has not got on for an hour");
  return ailments;
}

std::vector<std::string> Health::obstacles() const {
  const std::lock_guard lock{m_mutex};
  if (!m_situation)
    return {"starting: the directories and the tables are being looked at"};
  std::vector<std::string> obstacles;
  if (!m_situation->outage.empty())
    obstacles.push_back("waiting for the database: " + m_situation->outage);
  if (!m_situation->trouble.empty())
    obstacles.push_back("waiting for the directories: " + m_situation->trouble);
  if (m_situation->is_stopping)
    obstacles.emplace_back("stopping");
  return obstacles;
}

}  // namespace longshore::metrics
