#include "metrics/families.hpp"

#include "base/time.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace longshore::metrics {
namespace {

constexpr auto k_counter = prometheus::MetricType::Counter;

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                         : static_cast<double>(limit.rlim_cur);
}

}  // namespace

double unix_seconds(std::int64_t micros) { return static_cast<double>(micros - micros_of(0, 0)) / 1e6; }

prometheus::MetricFamily family_of(const std::string& name, const std::string& help, double value,
                                   prometheus::MetricType type) {
  prometheus::ClientMetric metric;
  (type == k_counter ? metric.counter.value : metric.gauge.value) = value;
  return {name, help, type, {metric}};
}

// proc(5): the 22nd field of stat is the start in ticks since boot. The second, the name in brackets, may contain
// blanks.
double process_start_seconds() {
  std::ifstream file{"/proc/self/stat"};
  const std::string stat{std::istreambuf_iterator<char>{file}, {}};
  std::istringstream fields{stat.substr(stat.rfind(')') + 1)};
  std::string skipped;
  for (int field = 3; field < 22; ++field)
    fields >> skipped;
  double ticks = 0;
  if (!(fields >> ticks))
    return 0;
  const double age = seconds_of(CLOCK_BOOTTIME) - ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return seconds_of(CLOCK_REALTIME) - age;
}

void append_process(Families& families, double start_seconds) {
  families.push_back(family_of("process_cpu_seconds_total", "CPU time, user and system.",
                               seconds_of(CLOCK_PROCESS_CPUTIME_ID), k_counter));
  families.push_back(family_of("process_start_time_seconds", "Unix time when the process was started.", start_seconds));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  double pages = 0;
  double resident_pages = 0;
  if (std::ifstream{"/proc/self/statm"} >> pages >> resident_pages) {
    families.push_back(family_of("process_virtual_memory_bytes", "Size of the address space.", page * pages));
    families.push_back(family_of("process_resident_memory_bytes", "Resident memory.", page * resident_pages));
  }
  std::error_code fault;
  const std::filesystem::directory_iterator descriptors{"/proc/self/fd", fault};
  if (!fault)
    families.push_back(
        family_of("process_open_fds", "Open file descriptors.",
                  static_cast<double>(std::distance(begin(descriptors), std::filesystem::directory_iterator{}))));
  families.push_back(family_of("process_max_fds", "Limit of open file descriptors.", descriptor_limit()));
}

}  // namespace longshore::metrics
