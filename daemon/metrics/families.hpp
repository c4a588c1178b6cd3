// Metric families whose value is computed at each request, among them those of the process.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::metrics {

using Families = std::vector<prometheus::MetricFamily>;

// Unix time in seconds, from microseconds as in base/time.hpp.
double unix_seconds(std::int64_t micros);

// A family with one value and no labels.
prometheus::MetricFamily family_of(const std::string& name, const std::string& help, double value,
                                   prometheus::MetricType type = prometheus::MetricType::Gauge);

// Unix time when this process was started; 0: unknown.
double process_start_seconds();
// With the names that all Prometheus clients use.
void append_process(Families& families, double start_seconds);

}  // namespace longshore::metrics
