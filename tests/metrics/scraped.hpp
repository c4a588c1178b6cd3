// A running daemon whose HTTP pages a test reads.
#pragma once

#include "base/http_client.hpp"
#include "base/listen_address.hpp"
#include "support/daemon_process.hpp"

#include <map>
#include <set>
#include <string>

namespace longshore::test {

// `longshore run` with metrics_listen on a free port. It may still wait for its database.
struct Scraped : DaemonProcess {
  explicit Scraped(Pipeline& p, Start start = {});

  HttpAnswer ask(const std::string& path, const std::string& method = "GET") const;
  // Whether the page has this status within half a minute.
  bool answers(const std::string& path, int status) const;
  // The value of one series of /metrics: "longshore_jobs", "longshore_files_total{feed=\"…\",outcome=\"loaded\"}". NaN if it
  // does not exist.
  double metric(const std::string& series) const;
  bool reaches(const std::string& series, double value) const;

  ListenAddress address;
};

// The values in a text of metrics, by series.
std::map<std::string, double> series_of(const std::string& text);
// The names of its metrics, without _bucket, _sum and _count.
std::set<std::string> metrics_of(const std::string& text);

}  // namespace longshore::test
