// Counters of files, rows and bytes for each feed.
// All series of a feed exist from the start with value 0: Prometheus sees no increase in a series that begins at 1.
#pragma once

#include "store/ledger.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <set>
#include <shared_mutex>
#include <string>

namespace longshore::metrics {

// Any thread, except expect() and set_late(), which are for one; locks are held only for a map lookup.
class FeedMetrics {
 public:
  // The registry must outlive this.
  explicit FeedMetrics(prometheus::Registry& registry);

  // Keeps the counts of a feed that exists already.
  void add_feed(const std::string& feed);
  void file_finished(const store::LedgerRow& row);
  // A feed with `keep`; it keeps its series if a reload removes that.
  void add_purging(const std::string& feed);
  void rows_purged(const std::string& feed, std::uint64_t rows);
  // Only these feeds have a series longshore_feed_late. Call it before set_late().
  void expect(const std::set<std::string>& feeds);
  // The others are not late.
  void set_late(const std::map<std::string, std::string>& feeds);

 private:
  struct Series {
    std::array<prometheus::Counter*, 6> files{};  // by store::Status; nullptr: not possible for a file with a feed
    prometheus::Counter* loaded = nullptr;        // rows
    prometheus::Counter* duplicate = nullptr;
    prometheus::Counter* rejected = nullptr;
    prometheus::Counter* bytes = nullptr;
    prometheus::Histogram* seconds = nullptr;
    prometheus::Gauge* last_success = nullptr;
  };

  Series make(const std::string& feed);
  Series series_of(const std::string& feed);
  prometheus::Counter& file_counter(const std::string& feed, store::Status outcome);

  prometheus::Family<prometheus::Counter>& m_files;
  prometheus::Family<prometheus::Counter>& m_rows;
  prometheus::Family<prometheus::Counter>& m_bytes;
  prometheus::Family<prometheus::Histogram>& m_seconds;
  prometheus::Family<prometheus::Gauge>& m_last_success;
  prometheus::Family<prometheus::Counter>& m_purged;
  prometheus::Family<prometheus::Gauge>& m_late;
  std::map<std::string, prometheus::Gauge*> m_expecting;  // main thread only
  std::shared_mutex m_mutex;                              // guards m_series
  std::map<std::string, Series> m_series;
};

}  // namespace longshore::metrics
