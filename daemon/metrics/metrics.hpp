// The daemon's metrics in the text format of Prometheus. docs/monitoring.md explains each one.
// Updates never fail. No label contains a file name: Prometheus keeps every value that a label ever had.
#pragma once

#include "metrics/families.hpp"
#include "metrics/feed_metrics.hpp"
#include "metrics/file_systems.hpp"
#include "metrics/task_metrics.hpp"
#include "observe/observer.hpp"

#include <prometheus/registry.h>

#include <atomic>
#include <string>
#include <vector>

namespace longshore::metrics {

class Metrics final : public observe::Observer {
 public:
  // Reports the free space of these directories' file systems.
  explicit Metrics(const std::vector<Place>& places);

  // Creates the series of each feed.
  void feeds_changed(const Registry& feeds) override;
  // node_exporter refuses a textfile with process_ metrics, because it has its own.
  enum class Scope { all, without_process };
  // Any thread.
  std::string text(Scope scope) const;

  void file_finished(const store::LedgerRow& row, std::int64_t file_id) override;
  void rows_purged(const std::string& feed, std::uint64_t rows) override;
  void transaction_committed(std::size_t files) override;
  void files_purged(std::size_t files, std::uint64_t bytes) override;
  void files_compressed(std::size_t files, std::uint64_t bytes) override;
  void housekeeping_round_finished(const std::string& fault) override;
  void task_run_finished(const observe::TaskRunReport& run) override;
  void tasks_read(const std::vector<store::TaskStatus>& tasks) override;
  void job_delayed(const std::string& why) override;
  void files_adopted(std::size_t files) override;
  void tick(const observe::Situation& situation) override;

 private:
  mutable FileSystems m_file_systems;
  const double m_start_seconds = process_start_seconds();
  prometheus::Registry m_registry;
  FeedMetrics m_feeds;
  TaskMetrics m_tasks;
  prometheus::Histogram& m_transactions;
  prometheus::Counter& m_retries;
  prometheus::Counter& m_adopted;
  prometheus::Counter& m_overflows;
  prometheus::Counter& m_purged_files;
  prometheus::Counter& m_purged_bytes;
  prometheus::Counter& m_compressed_files;
  prometheus::Counter& m_saved_bytes;
  prometheus::Gauge& m_housekeeping_in_trouble;
  prometheus::Gauge& m_waiting;
  prometheus::Gauge& m_waiting_for_writer;
  prometheus::Gauge& m_unread_directories;
  prometheus::Gauge& m_parked;
  prometheus::Gauge& m_jobs;
  prometheus::Gauge& m_database_up;
  prometheus::Gauge& m_directories_in_trouble;
  prometheus::Gauge& m_file_stuck;
  prometheus::Gauge& m_last_round;
  std::atomic<std::int64_t> m_oldest_waiting;  // mtime, in microseconds
  std::uint64_t m_overflows_before = 0;        // at the last tick; main thread only
};

}  // namespace longshore::metrics
