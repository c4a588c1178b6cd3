// Metrics and health, told where the settings want them told. When they want that nowhere there is nothing of it.
#pragma once

#include "config/config.hpp"
#include "observe/health.hpp"
#include "observe/http_listener.hpp"
#include "observe/metrics.hpp"
#include "observe/observer.hpp"
#include "observe/textfile.hpp"

#include <optional>

namespace longshore::observe {

class Monitoring {
 public:
  // Answers by HTTP when it returns, unless config.once: such a run may stand beside a daemon with the same settings.
  // What hears of the daemon is added to the observers. Throws Error{fatal, Exit::config} when metrics_listen cannot be
  // had.
  Monitoring(const config::Config& config, Observers& observers);

 private:
  std::optional<Metrics> m_metrics;
  std::optional<Health> m_health;
  std::optional<Textfile> m_textfile;
  std::optional<HttpListener> m_listener;  // last: its thread ends first
};

}  // namespace longshore::observe
