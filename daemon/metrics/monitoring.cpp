#include "metrics/monitoring.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <vector>

namespace longshore::metrics {
namespace {

constexpr const char* k_off = "off";

HttpPage verdict(const std::vector<std::string>& reasons) {
  if (reasons.empty())
    return {200, "ok\n"};
  HttpPage page{503, ""};
  for (const std::string& reason : reasons)
    page.body += printable(reason) + "\n";
  return page;
}

HttpListener::Pages pages_of(const Metrics& metrics, const Health& health) {
  return {
      {"/",
       [] {
         return HttpPage{200,
                         "longshore: /metrics for Prometheus\n/healthz: it gets on; /readyz: what it needs is there\n"};
       }},
      {"/metrics",
       [&] {
         return HttpPage{200, metrics.text(Metrics::Scope::all), "text/plain; version=0.0.4; charset=utf-8"};
       }},
      {"/healthz", [&] { return verdict(health.ailments()); }},
      {"/readyz", [&] { return verdict(health.obstacles()); }},
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
    m_listener.emplace(*ListenAddress::parse(config.metrics_listen), pages_of(*m_metrics, *m_health));
    log::info("metrics and health are told at {}", m_listener->address().text());
  }
  if (writes)
    observers.add(m_textfile.emplace(*m_metrics, config.metrics_textfile));
}

}  // namespace longshore::metrics
