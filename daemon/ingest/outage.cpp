#include "ingest/outage.hpp"

#include "base/log.hpp"

#include <utility>

namespace longshore::ingest {

void Outage::met(const std::string& reason, unsigned retries) {
  m_reason = reason;
  m_may_probe = retries > 1;
  if (is_on())
    return;
  m_since = Clock::now();
  m_next_reminder = *m_since + k_reminder;
}

bool Outage::may_probe() { return std::exchange(m_may_probe, false); }

void Outage::log_reminder() {
  const auto now = Clock::now();
  if (!is_on() || now < m_next_reminder)
    return;
  m_next_reminder = now + k_reminder;
  log::error("files have been waiting for {} minutes: {}",
             std::chrono::duration_cast<std::chrono::minutes>(lasts()).count(), m_reason);
}

}  // namespace longshore::ingest
