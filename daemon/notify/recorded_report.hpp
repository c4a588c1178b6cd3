// The report as a row of ingest_task_runs: task and cause `report`, the totals as its result, a line per file as its
// log.
#pragma once

#include "config/config.hpp"
#include "notify/delivery.hpp"
#include "notify/notice.hpp"
#include "store/store.hpp"

#include <chrono>
#include <string>

namespace longshore::notify {

// Where it is recorded.
struct ReportRecord {
  store::Target target = {};
  std::string instance = {};
  std::chrono::milliseconds keep{0};  // older reports are deleted; 0: none

  static ReportRecord of(const config::Config& config);
};

// Opens a session of its own. Never throws.
Attempt record_report(const Notice& report, const ReportRecord& record);

}  // namespace longshore::notify
