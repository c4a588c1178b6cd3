// The alerts, the dashboard and docs/monitoring.md use exactly the metrics that exist.
#include "metrics/metrics.hpp"
#include "metrics/scraped.hpp"
#include "support/places.hpp"
#include "support/rows.hpp"
#include "support/script.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <regex>
#include <set>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::set<std::string>& existing_metrics() {
  static const std::set<std::string> names = [] {
    metrics::Metrics metrics{{{"landing", "/"}}};
    std::vector<Feed> feeds = built_in().feeds();
    feeds[0].expect = parse_expect("15m");
    feeds[0].keep = parse_keep("90d");
    metrics.feeds_changed(Registry{std::move(feeds)});
    metrics.tasks_read({{"hourly", 0, 0, {}}});
    return metrics_of(metrics.text(metrics::Metrics::Scope::all));
  }();
  return names;
}

// The names of our own and of process_ metrics in a text; histograms without suffix.
std::set<std::string> metrics_named_in(const std::string& text) {
  static const std::regex k_name{R"(\b(longshore|process)_[a-z_]+)"};
  static const std::regex k_suffix{"_(bucket|sum|count)$"};
  std::set<std::string> names;
  for (std::sregex_iterator at{text.begin(), text.end(), k_name}; at != std::sregex_iterator{}; ++at)
    names.insert(std::regex_replace(at->str(), k_suffix, ""));
  return names;
}

void check_all_exist(const std::string& text) {
  for (const std::string& name : metrics_named_in(text))
    CHECK_MESSAGE(existing_metrics().contains(name), name);
}

void collect_expressions(const rapidjson::Value& value, std::string& out) {
  if (value.IsArray()) {
    for (const auto& element : value.GetArray())
      collect_expressions(element, out);
  } else if (value.IsObject()) {
    for (const auto& member : value.GetObject())
      if (std::string{member.name.GetString()} == "expr")
        out += std::string{member.value.GetString()} + "\n";
      else
        collect_expressions(member.value, out);
  }
}

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE("promtool accepts the alerts, and its tests of when they fire pass") {
    check_all_exist(content_of(source("packaging/prometheus/longshore.rules.yml")));
    if (run_script("command -v promtool").exit != 0)
      SKIP("promtool is not installed (Debian package prometheus)");
    const std::string promtool = "cd " + source("packaging/prometheus") + " && promtool ";
    for (const std::string what : {"check rules longshore.rules.yml", "test rules longshore.rules.test.yml"}) {
      const ScriptRun run = run_script(promtool + what);
      CHECK_MESSAGE(run.exit == 0, run.output);
      CHECK(run.output.find("SUCCESS") != std::string::npos);
    }
  }

  TEST_CASE("each alert has a description and an action, a test, and a row in docs/monitoring.md") {
    const std::string rules = content_of(source("packaging/prometheus/longshore.rules.yml"));
    const std::string trials = content_of(source("packaging/prometheus/longshore.rules.test.yml"));
    const std::string page = content_of(source("docs/monitoring.md"));
    const std::regex alert{R"(- alert: (\w+)((?:.|\n)*?)(?=- alert:|$(?![\s\S])))"};
    int alerts = 0;
    for (std::sregex_iterator at{rules.begin(), rules.end(), alert}; at != std::sregex_iterator{}; ++at, ++alerts) {
      const std::string name = (*at)[1];
      CAPTURE(name);
      for (const std::string part : {"severity: ", "summary: ", "description: ", "action: "})
        CHECK_MESSAGE((*at)[2].str().find(part) != std::string::npos, part);
      CHECK(page.find("`" + name + "`") != std::string::npos);
      CHECK(trials.find(name.substr(std::string{"Longshore"}.size())) != std::string::npos);
    }
    CHECK(alerts == 15);
  }

  TEST_CASE("the dashboard uses only metrics that exist") {
    const std::string text = content_of(source("packaging/grafana/longshore.json"));
    rapidjson::Document dashboard;
    dashboard.Parse(text.c_str());
    REQUIRE_FALSE(dashboard.HasParseError());
    std::string expressions;
    collect_expressions(dashboard, expressions);
    CHECK(metrics_named_in(expressions).size() >= 12);
    check_all_exist(text);
  }

  TEST_CASE("docs/monitoring.md names every metric that exists, and no other") {
    const std::string page = content_of(source("docs/monitoring.md"));
    check_all_exist(page);
    const auto named = metrics_named_in(page);
    for (const std::string& name : existing_metrics())
      CHECK_MESSAGE(named.contains(name), name);
  }
}
