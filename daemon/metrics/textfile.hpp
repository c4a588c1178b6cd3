// The metrics as a file for the textfile collector of Prometheus' node_exporter, where nobody may listen, and for runs
// that end.
#pragma once

#include "metrics/metrics.hpp"
#include "observe/observer.hpp"

#include <chrono>
#include <string>

namespace longshore::metrics {

// The main thread's.
class Textfile final : public observe::Observer {
 public:
  // The metrics outlive it, and hear of everything before it does.
  Textfile(const Metrics& metrics, std::string path) : m_metrics(metrics), m_path(std::move(path)) {}
  // Writes it a last time.
  ~Textfile() override;
  Textfile(const Textfile&) = delete;

  void tick(const observe::Situation& situation) override;
  std::chrono::milliseconds longest_pause() const override { return k_pause; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds k_pause{15};  // Prometheus asks no more often, as a rule

  // What hinders it is logged when it begins and when it is over.
  void write() noexcept;

  const Metrics& m_metrics;
  const std::string m_path;
  Clock::time_point m_next{};
  bool m_is_hindered = false;
};

}  // namespace longshore::metrics
