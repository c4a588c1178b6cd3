// What Prometheus is told of the daemon. docs/monitoring.md says of each metric what it means; no label holds a file's
// name, for Prometheus keeps every value that a label ever had.
#pragma once

#include "metrics/families.hpp"
#include "metrics/feed_metrics.hpp"
#include "metrics/file_systems.hpp"
#include "observe/observer.hpp"

#include <prometheus/registry.h>

#include <atomic>
#include <string>
#include <vector>

namespace longshore::metrics {

class Metrics final : public observe::Observer {
 public:
  // Of the file systems of these directories it tells how much room they have.
  explicit Metrics(const std::vector<Place>& places);

  // Their series are there from now on.
  void feeds_changed(const Registry& feeds) override;
  // Those of the process have names that every program's have: node_exporter refuses a textfile that repeats its own.
  enum class Scope { all, without_process };
  // In the text form of Prometheus, as it is now. Any thread.
  std::string text(Scope scope) const;

  void file_finished(const store::LedgerRow& row, std::int64_t file_id) override;
  void committed(std::size_t files) override;
  void job_delayed(const std::string& why) override;
  void adopted(std::size_t files) override;
  void tick(const observe::Situation& situation) override;

 private:
  mutable FileSystems m_file_systems;
  const double m_start_seconds = process_start_seconds();
  prometheus::Registry m_registry;
  FeedMetrics m_feeds;
  prometheus::Histogram& m_transactions;
  prometheus::Counter& m_retries;
  prometheus::Counter& m_adopted;
  prometheus::Counter& m_overflows;
  prometheus::Gauge& m_waiting;
  prometheus::Gauge& m_jobs;
  prometheus::Gauge& m_database_up;
  prometheus::Gauge& m_trouble;
  prometheus::Gauge& m_stuck;
  prometheus::Gauge& m_last_round;
  std::atomic<std::int64_t> m_oldest;    // mtime of the oldest waiting file
  std::uint64_t m_overflows_before = 0;  // as last told; the main thread's
};

}  // namespace longshore::metrics
