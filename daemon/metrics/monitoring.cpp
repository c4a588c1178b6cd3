#include "metrics/monitoring.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <vector>

namespace longshore::metrics {
namespace {

constexpr const char* k_off = "off";

HttpResponse index() {
  return {200, "longshore: /metrics for Prometheus\n/healthz: is it healthy; /readyz: are dropped files loaded\n"};
}

HttpResponse metrics_text(const Metrics& metrics) {
  return {200, metrics.text(Metrics::Scope::all), "text/plain; version=0.0.4; charset=utf-8"};
}

HttpResponse ok_unless(const std::vector<std::string>& reasons) {
  if (reasons.empty())
    return {200, "ok\n"};
  HttpResponse response{503, ""};
  for (const std::string& reason : reasons)
    response.body += printable(reason) + "\n";
  return response;
}

std::vector<Route> routes(const Metrics& metrics, const Health& health) {
  return {
      {"/", index},
      {"/metrics", [&] { return metrics_text(metrics); }},
      {"/healthz", [&] { return ok_unless(health.unhealthy_reasons()); }},
      {"/readyz", [&] { return ok_unless(health.unready_reasons()); }},
  };
}

}  // namespace

Monitoring::Monitoring(const config::Config& config, observe::Observers& observers) {
  const bool listens = config.metrics_listen != k_off && !config.once;
  const bool writes = config.metrics_textfile != k_off;
  if (!listens && !writes)
    return;
  m_metrics.emplace(
      std::vector<Place>{{"landing", config.landing}, {"processed", config.processed}, {"failed", config.failed}});
  observers.add(*m_metrics);
  if (listens) {
    observers.add(m_health.emplace());
    m_listener.emplace(*ListenAddress::parse(config.metrics_listen), routes(*m_metrics, *m_health));
    log::info("HTTP listener started: {}", m_listener->address().text());
  }
  if (writes)
    observers.add(m_textfile.emplace(*m_metrics, config.metrics_textfile));
}

}  // namespace longshore::metrics
