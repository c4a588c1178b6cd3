// Writes the metrics to a file for the textfile collector of node_exporter: for hosts where no port may be opened, and
// for run --once. Writes at most every 15 s, and once in the destructor. A failed write is logged once and retried.
#pragma once

#include "metrics/metrics.hpp"
#include "observe/observer.hpp"

#include <chrono>
#include <string>

namespace longshore::metrics {

// Main thread only.
class Textfile final : public observe::Observer {
 public:
  // The metrics must outlive this and be added to the observers before it, so that a tick writes current values.
  Textfile(const Metrics& metrics, std::string path) : m_metrics(metrics), m_path(std::move(path)) {}
  ~Textfile() override;
  Textfile(const Textfile&) = delete;

  void tick(const observe::Situation& situation) override;
  std::chrono::milliseconds tick_interval() const override { return k_interval; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds k_interval{15};  // the usual scrape interval

  void write() noexcept;

  const Metrics& m_metrics;
  const std::string m_path;
  Clock::time_point m_next_write{};
  bool m_is_failing = false;
};

}  // namespace longshore::metrics
