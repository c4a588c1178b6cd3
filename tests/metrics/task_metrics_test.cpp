#include "metrics/task_metrics.hpp"

#include "base/time.hpp"
#include "metrics/families.hpp"
#include "metrics/metrics.hpp"
#include "metrics/scraped.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string text_of(const metrics::Metrics& metrics) { return metrics.text(metrics::Metrics::Scope::all); }

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE("a task has series from its declaration on, and without tasks there are none") {
    metrics::Metrics metrics{{{"landing", "/"}}};
    CHECK(text_of(metrics).find("longshore_task_") == std::string::npos);
    const std::int64_t noon = *parse_time("2026-03-01T12:00:00Z").micros;
    metrics.tasks_read({{"hourly", 3, 2, noon}, {"export", 0, 0, {}}});
    const auto series = series_of(text_of(metrics));
    CHECK(series.at(R"(longshore_task_changes_waiting{task="hourly"})") == 3);
    CHECK(series.at(R"(longshore_task_failures_in_a_row{task="hourly"})") == 2);
    CHECK(series.at(R"(longshore_task_last_success_timestamp_seconds{task="hourly"})") == metrics::unix_seconds(noon));
    CHECK(series.at(R"(longshore_task_last_success_timestamp_seconds{task="export"})") == 0);
    CHECK(series.at(R"(longshore_task_runs_total{state="succeeded",task="export"})") == 0);
    CHECK(series.at(R"(longshore_task_runs_total{state="failed",task="export"})") == 0);
    CHECK(series.at(R"(longshore_task_run_seconds_count{task="export"})") == 0);
  }

  TEST_CASE("runs count for their task, and a success ends its failures") {
    metrics::Metrics metrics{{{"landing", "/"}}};
    metrics.tasks_read({{"hourly", 0, 0, {}}});
    metrics.task_run_finished({"hourly", 1, 0.2, 1, 1, "no such column", 1, 3});
    metrics.task_run_finished({"hourly", 2, 2.5, 1, 1, "no such column", 2, 3});
    CHECK(series_of(text_of(metrics)).at(R"(longshore_task_failures_in_a_row{task="hourly"})") == 2);
    const std::int64_t before = now_micros();
    metrics.task_run_finished({"hourly", 3, 0.2, 1, 1, "", 2, 3});
    const auto series = series_of(text_of(metrics));
    CHECK(series.at(R"(longshore_task_runs_total{state="failed",task="hourly"})") == 2);
    CHECK(series.at(R"(longshore_task_runs_total{state="succeeded",task="hourly"})") == 1);
    CHECK(series.at(R"(longshore_task_failures_in_a_row{task="hourly"})") == 0);
    CHECK(series.at(R"(longshore_task_last_success_timestamp_seconds{task="hourly"})") >=
          metrics::unix_seconds(before));
    CHECK(series.at(R"(longshore_task_run_seconds_sum{task="hourly"})") == doctest::Approx(2.9));
    CHECK(series.at(R"(longshore_task_run_seconds_bucket{task="hourly",le="0.5"})") == 2);
  }

  TEST_CASE("a task that is not declared any more has no state, so that no alert stays, but keeps its counters") {
    metrics::Metrics metrics{{{"landing", "/"}}};
    metrics.tasks_read({{"hourly", 3, 2, {}}, {"export", 0, 0, {}}});
    metrics.task_run_finished({"hourly", 1, 0.2, 1, 1, "no such column", 1, 3});
    metrics.tasks_read({{"export", 0, 0, {}}});
    const auto series = series_of(text_of(metrics));
    CHECK_FALSE(series.contains(R"(longshore_task_failures_in_a_row{task="hourly"})"));
    CHECK_FALSE(series.contains(R"(longshore_task_changes_waiting{task="hourly"})"));
    CHECK(series.at(R"(longshore_task_failures_in_a_row{task="export"})") == 0);
    CHECK(series.at(R"(longshore_task_runs_total{state="failed",task="hourly"})") == 1);
    metrics.tasks_read({{"hourly", 1, 0, {}}});
    CHECK(series_of(text_of(metrics)).at(R"(longshore_task_changes_waiting{task="hourly"})") == 1);
  }
}
