// A daemon that is watched by HTTP, and what it tells.
#pragma once

#include "base/listen_address.hpp"
#include "notify/http_question.hpp"
#include "support/daemon_process.hpp"

#include <map>
#include <set>
#include <string>

namespace longshore::test {

// `longshore run` with metrics at a port of its own; it may still wait for its database.
struct Scraped : DaemonProcess {
  explicit Scraped(Pipeline& p, Start start = {});

  notify::HttpAnswer ask(const std::string& path, const std::string& method = "GET") const;
  // Whether the page gets to this status within half a minute.
  bool answers(const std::string& path, int status) const;
  // One number of /metrics: "longshore_jobs", "longshore_files_total{feed=\"…\",outcome=\"loaded\"}". NaN: there is
  // none.
  double metric(const std::string& series) const;
  bool gets_to(const std::string& series, double value) const;

  ListenAddress address;
};

// The numbers of a text of metrics, by series.
std::map<std::string, double> series_of(const std::string& text);
// The names of its metrics, without the suffixes of histograms.
std::set<std::string> metrics_of(const std::string& text);

}  // namespace longshore::test
