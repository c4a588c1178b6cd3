#include "metrics/scraped.hpp"

#include "support/eventually.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace longshore::test {
namespace {

const std::string k_started = "HTTP listener started: ";

Start listening(Start start) {
  start.environment.try_emplace("LONGSHORE_METRICS_LISTEN", "127.0.0.1:0");
  return start;
}

// "… HTTP listener started: 127.0.0.1:35813"
ListenAddress address_in(const std::string& log) {
  const std::size_t begin = log.find(k_started);
  REQUIRE_MESSAGE(begin != std::string::npos, log);
  const std::size_t end = log.find('\n', begin);
  const auto address = ListenAddress::parse(log.substr(begin + k_started.size(), end - begin - k_started.size()));
  REQUIRE_MESSAGE(address, log);
  return *address;
}

}  // namespace

Scraped::Scraped(Pipeline& p, Start start) : DaemonProcess((p.config.once = false, p), listening(std::move(start))) {
  const auto has_started = [&] {
    const std::string text = log();
    const std::size_t at = text.find(k_started);
    return at != std::string::npos && text.find('\n', at) != std::string::npos;
  };
  eventually([&] { return has_started() || !is_running(); });
  address = address_in(log());
}

HttpAnswer Scraped::ask(const std::string& path, const std::string& method) const {
  return http_request_local(address, path, std::chrono::seconds{10}, method);
}

bool Scraped::answers(const std::string& path, int status) const {
  return eventually([&] { return ask(path).status == status; });
}

double Scraped::metric(const std::string& series) const {
  const auto all = series_of(ask("/metrics").body);
  const auto found = all.find(series);
  return found == all.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

bool Scraped::reaches(const std::string& series, double value) const {
  return eventually([&] { return metric(series) == value; });
}

std::map<std::string, double> series_of(const std::string& text) {
  std::map<std::string, double> numbers;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t blank = line.rfind(' '); !line.starts_with('#') && blank != std::string::npos)
      numbers[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
  return numbers;
}

std::set<std::string> metrics_of(const std::string& text) {
  static const std::string k_type = "# TYPE ";
  std::set<std::string> names;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(k_type))
      names.insert(line.substr(k_type.size(), line.find(' ', k_type.size()) - k_type.size()));
  return names;
}

}  // namespace longshore::test
