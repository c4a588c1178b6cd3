#include "metrics/feed_metrics.hpp"

#include "metrics/families.hpp"

#include <algorithm>
#include <mutex>

namespace longshore::metrics {
namespace {

using store::Status;

// Upper bounds, in seconds. A small file takes milliseconds, one of many gigabytes an hour.
const prometheus::Histogram::BucketBoundaries k_seconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                           1,     2.5,    5,     10,   30,    60,   300, 900,  3600};

}  // namespace

FeedMetrics::FeedMetrics(prometheus::Registry& registry)
    : m_files(prometheus::BuildCounter()
                  .Name("longshore_files_total")
                  .Help("Files by final status: loaded, partial, duplicate, failed; unrouted has no feed.")
                  .Register(registry)),
      m_rows(prometheus::BuildCounter()
                 .Name("longshore_rows_total")
                 .Help("Records of loaded and partial files: loaded, duplicate (the row existed), rejected.")
                 .Register(registry)),
      m_bytes(prometheus::BuildCounter()
                  .Name("longshore_bytes_total")
                  .Help("Bytes of loaded and partial files, before decompression.")
                  .Register(registry)),
      m_seconds(prometheus::BuildHistogram()
                    .Name("longshore_load_duration_seconds")
                    .Help("Seconds from the first read of a file to its outcome, for loaded and partial files.")
                    .Register(registry)),
      m_last_success(prometheus::BuildGauge()
                         .Name("longshore_last_success_timestamp_seconds")
                         .Help("Unix time of the last file that was loaded, wholly or partly; 0: none since the start.")
                         .Register(registry)),
      m_purged(prometheus::BuildCounter()
                   .Name("longshore_rows_purged_total")
                   .Help("Rows that were removed because they were behind the horizon of their feed.")
                   .Register(registry)),
      m_late(prometheus::BuildGauge()
                 .Name("longshore_feed_late")
                 .Help("1 while no file of the feed was loaded for longer than its declaration expects.")
                 .Register(registry)) {
  for (const Status outcome : {Status::unrouted, Status::failed})  // failed: its feed was removed while it was claimed
    file_counter("", outcome);
}

void FeedMetrics::add_feed(const std::string& feed) {
  const std::unique_lock lock{m_mutex};
  if (!m_series.contains(feed))
    m_series.emplace(feed, make(feed));
}

// Add() returns the series that exists already, and may be called by any thread.
void FeedMetrics::add_purging(const std::string& feed) { m_purged.Add({{"feed", feed}}); }

void FeedMetrics::rows_purged(const std::string& feed, std::uint64_t rows) {
  m_purged.Add({{"feed", feed}}).Increment(static_cast<double>(rows));
}

void FeedMetrics::expect(const std::set<std::string>& feeds) {
  std::erase_if(m_expecting, [&](const auto& one) {
    if (feeds.contains(one.first))
      return false;
    m_late.Remove(one.second);
    return true;
  });
  for (const std::string& feed : feeds)
    m_expecting.emplace(feed, &m_late.Add({{"feed", feed}}));
}

void FeedMetrics::set_late(const std::map<std::string, std::string>& feeds) {
  for (const auto& [feed, gauge] : m_expecting)
    gauge->Set(feeds.contains(feed) ? 1 : 0);
}

FeedMetrics::Series FeedMetrics::make(const std::string& feed) {
  Series series;
  for (const Status outcome : {Status::loaded, Status::partial, Status::duplicate, Status::failed})
    series.files[static_cast<std::size_t>(outcome)] = &file_counter(feed, outcome);
  series.loaded = &m_rows.Add({{"feed", feed}, {"outcome", "loaded"}});
  series.duplicate = &m_rows.Add({{"feed", feed}, {"outcome", "duplicate"}});
  series.rejected = &m_rows.Add({{"feed", feed}, {"outcome", "rejected"}});
  series.bytes = &m_bytes.Add({{"feed", feed}});
  series.seconds = &m_seconds.Add({{"feed", feed}}, k_seconds);
  series.last_success = &m_last_success.Add({{"feed", feed}});
  return series;
}

FeedMetrics::Series FeedMetrics::series_of(const std::string& feed) {
  {
    const std::shared_lock lock{m_mutex};
    if (const auto found = m_series.find(feed); found != m_series.end())
      return found->second;
  }
  add_feed(feed);
  const std::shared_lock lock{m_mutex};
  return m_series.at(feed);
}

prometheus::Counter& FeedMetrics::file_counter(const std::string& feed, Status outcome) {
  return m_files.Add({{"feed", feed}, {"outcome", std::string{store::status_name(outcome)}}});
}

void FeedMetrics::file_finished(const store::LedgerRow& row) {
  if (row.feed.empty())
    return file_counter(row.feed, row.status).Increment();
  const Series series = series_of(row.feed);
  if (prometheus::Counter* const files = series.files[static_cast<std::size_t>(row.status)])
    files->Increment();
  if (row.status != Status::loaded && row.status != Status::partial)
    return;
  series.loaded->Increment(static_cast<double>(row.rows_loaded));
  series.duplicate->Increment(static_cast<double>(row.rows_duplicate));
  series.rejected->Increment(static_cast<double>(row.rows_rejected));
  series.bytes->Increment(static_cast<double>(row.size_bytes));
  // negative if the clock was set back
  series.seconds->Observe(static_cast<double>(std::max<std::int64_t>(row.finished_at - row.started_at, 0)) / 1e6);
  series.last_success->Set(unix_seconds(row.finished_at));
}

}  // namespace longshore::metrics
