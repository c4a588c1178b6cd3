#include "metrics/metrics.hpp"

#include "base/time.hpp"
#include "base/version.hpp"
#include "feed/feed.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <set>

namespace longshore::metrics {
namespace {

constexpr std::int64_t k_none = std::numeric_limits<std::int64_t>::max();

// Upper bounds, in files; batch_files is at most 65536.
const prometheus::Histogram::BucketBoundaries k_files = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384};

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics(const std::vector<Place>& places)
    : m_file_systems(places), m_feeds(m_registry), m_tasks(m_registry),
      m_transactions(prometheus::BuildHistogram()
                         .Name("longshore_transaction_files")
                         .Help("Files committed in one transaction.")
                         .Register(m_registry)
                         .Add({}, k_files)),
      m_retries(counter(m_registry, "longshore_retries_total", "Jobs delayed for a retry.")),
      m_adopted(counter(m_registry, "longshore_adopted_files_total",
                        "Files taken over from an instance, or an earlier run, that ended without finishing them.")),
      m_overflows(counter(m_registry, "longshore_queue_overflows_total",
                          "Overflows of the kernel's event queue; the landing directory was listed instead.")),
      m_purged_files(counter(m_registry, "longshore_purged_files_total",
                             "Archived files removed because of keep_processed and keep_failed.")),
      m_purged_bytes(counter(m_registry, "longshore_purged_bytes_total", "Bytes of the removed files.")),
      m_compressed_files(counter(m_registry, "longshore_compressed_files_total",
                                 "Archived files compressed because of compress_processed.")),
      m_saved_bytes(counter(m_registry, "longshore_compression_saved_bytes_total",
                            "Bytes of the compressed files before, without those after.")),
      m_housekeeping_in_trouble(gauge(m_registry, "longshore_housekeeping_in_trouble",
                                      "1 while the last round of housekeeping could not do all of its work.")),
      m_waiting(gauge(m_registry, "longshore_files_waiting",
                      "Files of a feed in the landing directory, and claimed files that are not running.")),
      m_waiting_for_writer(gauge(m_registry, "longshore_files_waiting_for_writer",
                                 "Waiting files that a process has open for writing.")),
      m_unread_directories(gauge(m_registry, "longshore_unread_directories",
                                 "Directories in the landing directory whose files are not loaded.")),
      m_parked(gauge(m_registry, "longshore_files_parked",
                     "Waiting files that meet a missing partition, table, column or right.")),
      m_jobs(gauge(m_registry, "longshore_jobs", "Running loads.")),
      m_database_up(gauge(m_registry, "longshore_database_up", "1 while the database answers, as far as known.")),
      m_directories_in_trouble(
          gauge(m_registry, "longshore_directories_in_trouble", "1 while a directory fails and files wait for it.")),
      m_file_stuck(gauge(m_registry, "longshore_file_stuck", "1 while a file has made no progress for an hour.")),
      m_last_round(gauge(m_registry, "longshore_last_round_timestamp_seconds",
                         "Unix time when the main loop last reported its state.")),
      m_oldest_waiting(k_none) {
  prometheus::BuildGauge()
      .Name("longshore_build_info")
      .Help("Always 1; the labels have the version.")
      .Register(m_registry)
      .Add({{"version", std::string{k_version}}, {"revision", std::string{k_revision}}})
      .Set(1);
  gauge(m_registry, "longshore_start_time_seconds", "Unix time when longshore was started.").Set(m_start_seconds);
}

std::string Metrics::text(Scope scope) const {
  Families families = m_registry.Collect();
  const std::int64_t oldest = m_oldest_waiting;
  // mtime may be in the future
  const double age = oldest == k_none ? 0 : std::max(static_cast<double>(now_micros() - oldest) / 1e6, 0.0);
  families.push_back(family_of("longshore_oldest_waiting_age_seconds",
                               "Seconds since the oldest waiting file was last written; 0: none waits.", age));
  m_file_systems.append(families);
  if (scope == Scope::all)
    append_process(families, m_start_seconds);
  return prometheus::TextSerializer{}.Serialize(families);
}

void Metrics::feeds_changed(const Registry& feeds) {
  std::set<std::string> expecting;
  for (const Feed& feed : feeds.feeds()) {
    m_feeds.add_feed(feed.name);
    if (feed.expect)
      expecting.insert(feed.name);
    if (feed.keep)
      m_feeds.add_purging(feed.name);
  }
  m_feeds.expect(expecting);
}

void Metrics::file_finished(const store::LedgerRow& row, std::int64_t /*file_id*/) { m_feeds.file_finished(row); }

void Metrics::rows_purged(const std::string& feed, std::uint64_t rows) { m_feeds.rows_purged(feed, rows); }

void Metrics::transaction_committed(std::size_t files) { m_transactions.Observe(static_cast<double>(files)); }

void Metrics::files_purged(std::size_t files, std::uint64_t bytes) {
  m_purged_files.Increment(static_cast<double>(files));
  m_purged_bytes.Increment(static_cast<double>(bytes));
}

void Metrics::files_compressed(std::size_t files, std::uint64_t bytes) {
  m_compressed_files.Increment(static_cast<double>(files));
  m_saved_bytes.Increment(static_cast<double>(bytes));
}

void Metrics::housekeeping_round_finished(const std::string& fault) {
  m_housekeeping_in_trouble.Set(fault.empty() ? 0 : 1);
}

void Metrics::task_run_finished(const observe::TaskRunReport& run) { m_tasks.run_finished(run); }

void Metrics::tasks_read(const std::vector<store::TaskStatus>& tasks) { m_tasks.update(tasks); }

void Metrics::job_delayed(const std::string& /*why*/) { m_retries.Increment(); }

void Metrics::files_adopted(std::size_t files) { m_adopted.Increment(static_cast<double>(files)); }

void Metrics::tick(const observe::Situation& situation) {
  m_waiting.Set(static_cast<double>(situation.files_waiting));
  m_waiting_for_writer.Set(static_cast<double>(situation.files_waiting_for_writer));
  m_unread_directories.Set(static_cast<double>(situation.unread_directories));
  m_parked.Set(static_cast<double>(situation.files_parked));
  m_oldest_waiting = situation.files_waiting > 0 ? situation.oldest_waiting.value_or(k_none) : k_none;
  m_jobs.Set(situation.running_jobs);
  m_database_up.Set(situation.database_outage.empty() ? 1 : 0);
  m_directories_in_trouble.Set(situation.directory_fault.empty() ? 0 : 1);
  m_file_stuck.Set(situation.stuck_file.empty() ? 0 : 1);
  m_feeds.set_late(situation.late_feeds);
  m_last_round.Set(unix_seconds(now_micros()));
  // a reload makes a new watch, which counts from 0 again
  const std::uint64_t before = situation.queue_overflows < m_overflows_before ? 0 : m_overflows_before;
  m_overflows.Increment(static_cast<double>(situation.queue_overflows - before));
  m_overflows_before = situation.queue_overflows;
}

}  // namespace longshore::metrics
