// An outage: the database, or a directory that every file needs, is unavailable. New work waits until a job succeeds.
// While it lasts the log repeats its reason every 5 minutes. Jobs that failed are retried; one new job may probe, too,
// because the fault may concern only the jobs that are retried.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace longshore::ingest {

// The log repeats the reason because some outages, such as a wrong password, do not end by waiting.
inline constexpr std::chrono::minutes k_reminder{5};

class Outage {
 public:
  using Clock = std::chrono::steady_clock;

  bool is_on() const { return m_since.has_value(); }
  // Zero if there is none.
  Clock::duration lasts() const { return m_since ? Clock::now() - *m_since : Clock::duration::zero(); }
  const std::string& reason() const { return m_reason; }

  // A job failed because of the outage; `retries` is how often it did.
  void met(const std::string& reason, unsigned retries);
  void over() { m_since.reset(); }
  // Returns true once after each retry that failed with the outage: one new job may begin.
  bool may_probe();
  void log_reminder();

 private:
  std::optional<Clock::time_point> m_since;
  std::string m_reason;
  Clock::time_point m_next_reminder{};
  bool m_may_probe = false;
};

}  // namespace longshore::ingest
