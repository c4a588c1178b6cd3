// Percentiles of waiting times.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace longshore::rivals {

// The members "p50" … "max" of a JSON object, in milliseconds, without its braces.
inline void print_percentiles(std::vector<double> seconds) {
  std::ranges::sort(seconds);
  const auto at = [&](double share) {
    const double rank = std::ceil(share * static_cast<double>(seconds.size()));
    return seconds.empty() ? 0 : 1e3 * seconds[static_cast<std::size_t>(rank) - 1];
  };
  std::printf("\"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f", at(0.5), at(0.9), at(0.99), at(1));
}

}  // namespace longshore::rivals
