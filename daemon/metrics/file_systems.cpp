#include "metrics/file_systems.hpp"

#include "base/signals.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace longshore::metrics {
namespace {

constexpr std::chrono::seconds k_timeout{1};  // for all of them together

prometheus::ClientMetric gauge_of(const Place& place, double value) {
  prometheus::ClientMetric metric;
  metric.label.push_back({"directory", place.name});
  metric.gauge.value = value;
  return metric;
}

}  // namespace

FileSystems::FileSystems(const std::vector<Place>& places) {
  for (const Place& place : places)
    m_queries.push_back({place});
}

// The thread may outlive this object, so it uses copies only.
void FileSystems::Query::start() {
  std::packaged_task<Space()> task{[path = place.path]() -> Space {
    struct statvfs space {};
    return ::statvfs(path.c_str(), &space) == 0 ? Space{space} : Space{};
  }};
  std::future<Space> future = task.get_future();
  const SignalsBlocked blocked;
  std::thread{std::move(task)}.detach();
  answer = std::move(future);
}

void FileSystems::append(Families& families) {
  using prometheus::MetricType;
  prometheus::MetricFamily free_bytes{"longshore_directory_free_bytes",
                                      "Bytes that longshore may still write to the file system of a directory.",
                                      MetricType::Gauge,
                                      {}};
  prometheus::MetricFamily bytes{
      "longshore_directory_size_bytes", "Size of the file system of a directory.", MetricType::Gauge, {}};
  prometheus::MetricFamily free_inodes{
      "longshore_directory_free_inodes", "Free inodes of the file system of a directory.", MetricType::Gauge, {}};
  prometheus::MetricFamily inodes{"longshore_directory_inodes",
                                  "All inodes of the file system of a directory; 0: no limit.",
                                  MetricType::Gauge,
                                  {}};
  const std::lock_guard lock{m_mutex};
  for (Query& query : m_queries)
    if (!query.answer.valid())
      query.start();
  const auto deadline = std::chrono::steady_clock::now() + k_timeout;
  for (Query& query : m_queries) {
    // does not wait for a file system that was late at the last request
    query.is_late = query.answer.wait_until(query.is_late ? std::chrono::steady_clock::time_point{} : deadline) !=
                    std::future_status::ready;
    if (query.is_late)
      continue;
    const Space space = query.answer.get();
    if (!space)
      continue;
    const auto block = static_cast<double>(space->f_frsize);
    free_bytes.metric.push_back(gauge_of(query.place, block * static_cast<double>(space->f_bavail)));
    bytes.metric.push_back(gauge_of(query.place, block * static_cast<double>(space->f_blocks)));
    free_inodes.metric.push_back(gauge_of(query.place, static_cast<double>(space->f_favail)));
    inodes.metric.push_back(gauge_of(query.place, static_cast<double>(space->f_files)));
  }
  for (prometheus::MetricFamily* family : {&free_bytes, &bytes, &free_inodes, &inodes})
    families.push_back(std::move(*family));
}

}  // namespace longshore::metrics
