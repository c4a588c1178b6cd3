#include "notify/recorded_report.hpp"

#include "base/time.hpp"
#include "config/target.hpp"
#include "store/recorded_work.hpp"

#include <algorithm>
#include <exception>

namespace longshore::notify {

ReportRecord ReportRecord::of(const config::Config& config) {
  return {config::target_of(config), config.instance, config.keep_task_runs};
}

Attempt record_report(const Notice& report, const ReportRecord& record) try {
  const auto session = store::open(record.target, store::Access::read_write, "longshore/report");
  store::RunEnd end;
  end.result = totals_json(report.total);
  end.log = report.log;
  const std::chrono::microseconds took{std::max<std::int64_t>(now_micros() - report.since, 0)};
  store::record_work(*session, {"report", "report", "", {}, record.instance}, took, end, record.keep);
  return {};
} catch (const Error& error) {
  return {error.what(), !is_set_up_wrong(error)};
} catch (const std::exception& exception) {
  return {exception.what(), false};
}

}  // namespace longshore::notify
