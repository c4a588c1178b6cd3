#include "tasks/shipped.hpp"

#include "base/time.hpp"
#include "config/config.hpp"
#include "embedded.hpp"
#include "support/readings.hpp"
#include "tasks/hourly.hpp"
#include "tasks/task_list.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace longshore::test {
namespace {

constexpr std::int64_t k_minute = 60'000'000;
constexpr std::int64_t k_longest_status = 31 * k_micros_a_day;

struct Report {
  std::string vehicle;
  std::int64_t time = 0;
  std::string status;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words{""};
  for (const char c : line)
    if (c == '|')
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

// One report after another, one day after another.
Lines expected_minutes(Pipeline& p) {
  std::vector<Report> reports;
  for (const std::string& line : p.rows("select vehicle_id, report_time, status from vehicle_status_history")) {
    const auto words = split(line);
    reports.push_back({words[0], *parse_time(words[1]).micros, words[2]});
  }
  std::ranges::sort(reports, {}, [](const Report& r) { return std::tie(r.vehicle, r.time, r.status); });
  std::map<std::tuple<std::string, std::string, std::string>, std::pair<std::int64_t, std::string>> days;
  for (std::size_t i = 0; i + 1 < reports.size(); ++i) {
    const Report& report = reports[i];
    if (reports[i + 1].vehicle != report.vehicle)
      continue;
    const std::int64_t until = std::min(reports[i + 1].time, report.time + k_longest_status);
    for (std::int64_t at = report.time; at < until;) {
      const std::int64_t midnight = at - at % k_micros_a_day;
      const std::int64_t end = std::min(until, midnight + k_micros_a_day);
      auto& [micros, since] = days[{report.vehicle, format_time(midnight).substr(0, 10), report.status}];
      micros += end - at;
      if (report.time < midnight)
        since = format_time(report.time);
      at = end;
    }
  }
  Lines lines;
  for (const auto& [key, value] : days)
    lines.push_back(std::get<0>(key) + "|" + std::get<1>(key) + "|" + std::get<2>(key) + "|" +
                    std::to_string(static_cast<double>(value.first) / k_minute) + "|" +
                    (value.second.empty() ? "\\N" : value.second));
  return lines;
}

std::string day_of(Pipeline& p, const std::string& column) {
  return p.target().engine == store::Engine::postgres ? "(" + column + " at time zone 'UTC')::date"
                                                      : "substr(" + column + ", 1, 10)";
}

}  // namespace

std::vector<tasks::Task> shipped(const Registry& registry, const std::string& names) {
  config::Config config;
  config.tasks = config::Config{}.tasks;
  config.enable_tasks = names;
  if (names.empty())
    for (const std::string& name : tasks::shipped_tasks())
      config.enable_tasks += name + ",";
  return tasks::load_tasks(config, registry);
}

Registry built_in_with_keep(const std::string& keep) {
  std::vector<Feed> feeds;
  for (const EmbeddedFile& file : embedded_feeds()) {
    const bool is_status = file.name.find("status") != std::string_view::npos;
    feeds.push_back(parse_feed("keep = \"" + keep + "\"\nby = \"" + (is_status ? "report_time" : "detection_time") +
                                   "\"\n" + std::string{file.text},
                               std::string{file.name}));
  }
  return Registry{std::move(feeds)};
}

std::string FileSource::time() {
  const auto minutes = static_cast<std::int64_t>(below(static_cast<std::size_t>(m_days) * 24 * 60));
  const std::int64_t micros = below(8) == 0 ? static_cast<std::int64_t>(below(1'000'000)) : 0;
  return format_time(days_ago(m_first_day) - k_micros_a_day / 2 + minutes * k_minute + micros);
}

std::string FileSource::detection() {
  std::string list;
  for (std::size_t i = below(4); i > 0; --i)
    list += (list.empty() ? "" : ",") + std::string{R"({"object_type":")"} + (below(2) == 0 ? "cars" : "cyclists") +
            R"(","object_value":)" + std::to_string(below(9)) + "}";
  return event("v" + std::to_string(below(3)), time(), "[" + list + "]");
}

std::string FileSource::report() {
  static constexpr const char* k_words[] = {"driving", "parking", "accident"};
  return status("v" + std::to_string(below(3)), time(), k_words[below(3)]);
}

// Each number of a file is of one feed.
std::string FileSource::next_name() {
  ++m_number;
  return (m_number % 2 == 0 ? "objects_detection_" : "vehicles_status_") + std::to_string(m_number) + ".json";
}

std::string FileSource::records() {
  const bool is_report = m_number % 2 != 0;
  std::vector<std::string>& seen = m_seen[is_report];
  std::string text;
  for (std::size_t i = 2 + below(5); i > 0; --i) {
    if (seen.empty() || below(4) != 0)
      seen.push_back(is_report ? report() : detection());
    text += (text.empty() ? "" : ",") + seen[below(3) == 0 ? below(seen.size()) : seen.size() - 1];
  }
  return text;
}

std::string FileSource::next_content() {
  const char* const name = m_number % 2 != 0 ? "vehicle_status" : "objects_detection_events";
  return "{\"" + std::string{name} + "\":[" + records() + "],\"corrected\":[" + records() + "]}";
}

Registry corrected(const Registry& registry) {
  std::vector<Feed> feeds = registry.feeds();
  for (Feed& feed : feeds)
    feed.records = {"/corrected"};
  return Registry{std::move(feeds)};
}

Lines rollup(Pipeline& p, const std::string& task) { return p.rows("select * from " + task + " order by 1, 2, 3"); }

Lines expected(Pipeline& p, const std::string& task) {
  if (task == "status_minutes")
    return expected_minutes(p);
  if (task == "detections_hourly")
    return p.rows("select " +
                  std::string{p.target().engine == store::Engine::postgres
                                  ? "date_trunc('hour', detection_time, 'UTC')"
                                  : "substr(detection_time, 1, 13) || ':00:00.000000Z'"} +
                  ", object_type, count(*), sum(object_value) from detections group by 1, 2 order by 1, 2");
  if (task == "vehicle_daily")
    return p.rows("select vehicle_id, " + day_of(p, "detection_time") +
                  ", object_type, count(*), sum(object_value) from detections group by 1, 2, 3 order by 1, 2, 3");
  REQUIRE(task == "ingest_daily");
  return p.rows("select " + day_of(p, "claimed_at") +
                ", coalesce(feed, ''), status, count(*), coalesce(sum(records), 0), coalesce(sum(rows_loaded), 0), "
                "coalesce(sum(rows_duplicate), 0), coalesce(sum(rows_rejected), 0), coalesce(sum(size_bytes), 0) from "
                "ingest_log group by 1, 2, 3 order by 1, 2, 3");
}

void run_to_end(Pipeline& p, const tasks::Task& task) {
  const std::string waiting = "select count(*) from ingest_changes where task = '" + task.name + "'";
  while (p.one(waiting) != "0") {
    const tasks::RunReport report = run(p, task);
    REQUIRE_MESSAGE(report.state == tasks::RunReport::State::succeeded, report.end.error);
  }
}

}  // namespace longshore::test
