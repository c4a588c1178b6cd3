// Metrics that are worked out when they are asked for: of the process, and of file systems.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::observe {

using Families = std::vector<prometheus::MetricFamily>;

// An instant on the scale of base/time.hpp as seconds since 1970.
double unix_seconds(std::int64_t micros);

// A family of one number without labels.
prometheus::MetricFamily family_of(const std::string& name, const std::string& help, double value,
                                   prometheus::MetricType type = prometheus::MetricType::Gauge);

// A directory by the name that its label has.
struct Place {
  std::string name;
  std::string path;
};
// Room on the file systems of these directories; of one that cannot be asked nothing is told.
void append_file_systems(Families& families, const std::vector<Place>& places);

// When this process was started, in seconds since 1970; 0: it cannot be told.
double process_start_seconds();
// Under the names that all Prometheus clients use.
void append_process(Families& families, double start_seconds);

}  // namespace longshore::observe
