// Creates what the settings metrics_listen and metrics_textfile ask for: metrics, health, HTTP listener, metrics file.
// Throws Error{fatal, Exit::config} if the address is not available. Without these settings it creates nothing.
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
  // Adds its members to the observers. HTTP requests are answered from now on, but not with config.once: such a run may
  // run beside a daemon with the same settings.
  Monitoring(const config::Config& config, observe::Observers& observers);

 private:
  std::optional<Metrics> m_metrics;
  std::optional<Health> m_health;
  std::optional<Textfile> m_textfile;
  std::optional<HttpListener> m_listener;  // last, so that its thread ends first
};

}  // namespace longshore::metrics
