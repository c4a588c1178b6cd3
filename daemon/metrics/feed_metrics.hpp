// Counters of files, rows and bytes, feed by feed. Prometheus hears of a series only once it is there, so those of a
// feed are all there from the start, at 0.
#pragma once

#include "store/ledger.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <shared_mutex>
#include <string>

namespace longshore::metrics {

// Any thread; what it waits for is another thread's few instructions.
class FeedMetrics {
 public:
  // The registry outlives it.
  explicit FeedMetrics(prometheus::Registry& registry);

  // A feed that is known already keeps what was counted.
  void add_feed(const std::string& feed);
  void file_finished(const store::LedgerRow& row);

 private:
  struct Series {
    std::array<prometheus::Counter*, 6> files{};  // by store::Status; nullptr: no outcome of a file with a feed
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
  std::shared_mutex m_mutex;  // guards what follows
  std::map<std::string, Series> m_series;
};

}  // namespace longshore::metrics
