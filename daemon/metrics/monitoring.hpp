// Metrics and health, told where the settings want them told. When they want that nowhere there is nothing of it.
#pragma once

#include "config/config.hpp"
#include "metrics/health.hpp"
#include "metrics/http_listener.hpp"
#include "metrics/metrics.hpp"
#include "metrics/textfile.hpp"
#include "observe/observer.hpp"

#include <optional>

namespace longshore::metrics {

class Monitoring {
 public:
  // Answers by HTTP when it returns, unless config.once: such a run may stand beside a daemon with the same settings.
  // What hears of the daemon is added to the observers. Throws Error{fatal, Exit::config} when metrics_listen cannot be
  // had.
  Monitoring(const config::Config& config, observe::Observers& observers);

 private:
  std::optional<Metrics> m_metrics;
  std::optional<Health> m_health;
  std::optional<Textfile> m_textfile;
  std::optional<HttpListener> m_listener;  // last: its thread ends first
};

}  // namespace longshore::metrics
