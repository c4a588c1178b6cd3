#include "metrics/file_systems.hpp"

#include "base/signals.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace longshore::metrics {
namespace {

constexpr std::chrono::seconds k_patience{1};  // with all of them together

prometheus::ClientMetric gauge_of(const Place& place, double value) {
  prometheus::ClientMetric metric;
  metric.label.push_back({"directory", place.name});
  metric.gauge.value = value;
  return metric;
}

}  // namespace

FileSystems::FileSystems(const std::vector<Place>& places) {
  for (const Place& place : places)
    m_all.push_back({place});
}

// Nobody waits for the thread: it holds nothing but its own copies.
void FileSystems::Asked::ask() {
  std::packaged_task<Room()> task{[path = place.path]() -> Room {
    struct statvfs room {};
    return ::statvfs(path.c_str(), &room) == 0 ? Room{room} : Room{};
  }};
  std::future<Room> future = task.get_future();
  const SignalsBlocked blocked;
  std::thread{std::move(task)}.detach();
  answer = std::move(future);
}

void FileSystems::append(Families& families) {
  using prometheus::MetricType;
  prometheus::MetricFamily free_bytes{"longshore_directory_free_bytes",
                                      "Bytes that this user may still write to the file system of a directory.",
                                      MetricType::Gauge,
                                      {}};
  prometheus::MetricFamily bytes{
      "longshore_directory_size_bytes", "Size of the file system of a directory.", MetricType::Gauge, {}};
  prometheus::MetricFamily free_inodes{"longshore_directory_free_inodes",
                                       "Files that the file system of a directory still has room for.",
                                       MetricType::Gauge,
                                       {}};
  prometheus::MetricFamily inodes{"longshore_directory_inodes",
                                  "Files that the file system of a directory has room for in all; 0: it has no limit.",
                                  MetricType::Gauge,
                                  {}};
  const std::lock_guard lock{m_mutex};
  for (Asked& one : m_all)
    if (!one.answer.valid())
      one.ask();
  const auto until = std::chrono::steady_clock::now() + k_patience;
  for (Asked& one : m_all) {
    const auto patience = one.is_late ? std::chrono::steady_clock::time_point{} : until;
    one.is_late = one.answer.wait_until(patience) != std::future_status::ready;
    if (one.is_late)
      continue;
    const Room room = one.answer.get();
    if (!room)
      continue;
    const auto block = static_cast<double>(room->f_frsize);
    free_bytes.metric.push_back(gauge_of(one.place, block * static_cast<double>(room->f_bavail)));
    bytes.metric.push_back(gauge_of(one.place, block * static_cast<double>(room->f_blocks)));
    free_inodes.metric.push_back(gauge_of(one.place, static_cast<double>(room->f_favail)));
    inodes.metric.push_back(gauge_of(one.place, static_cast<double>(room->f_files)));
  }
  for (prometheus::MetricFamily* family : {&free_bytes, &bytes, &free_inodes, &inodes})
    families.push_back(std::move(*family));
}

}  // namespace longshore::metrics
