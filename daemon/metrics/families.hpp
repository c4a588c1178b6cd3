// Metrics that are worked out when they are asked for, and those of the process.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::metrics {

using Families = std::vector<prometheus::MetricFamily>;

// An instant on the scale of base/time.hpp as seconds since 1970.
double unix_seconds(std::int64_t micros);

// A family of one number without labels.
prometheus::MetricFamily family_of(const std::string& name, const std::string& help, double value,
                                   prometheus::MetricType type = prometheus::MetricType::Gauge);

// When this process was started, in seconds since 1970; 0: it cannot be told.
double process_start_seconds();
// Under the names that all Prometheus clients use.
void append_process(Families& families, double start_seconds);

}  // namespace longshore::metrics
