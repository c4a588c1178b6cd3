// The metrics of a running daemon compared with its ledger.
#include "metrics/metrics.hpp"

#include "base/time.hpp"
#include "metrics/scraped.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/injection.hpp"
#include "support/postgres_server.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "support/script.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::string k_feed = "feed=\"objects_detection\"";

std::string files(const std::string& outcome) {
  return "longshore_files_total{" + k_feed + ",outcome=\"" + outcome + "\"}";
}
std::string rows(const std::string& outcome) {
  return "longshore_rows_total{" + k_feed + ",outcome=\"" + outcome + "\"}";
}

double number(Pipeline& p, const std::string& sql) { return std::stod(p.one(sql)); }

// Over the loaded and partial files of the ledger.
double sum(Pipeline& p, const std::string& column) {
  return number(p, "select coalesce(sum(" + column + "), 0) from ingest_log where status in ('loaded', 'partial')");
}

// One file of each status: two loaded (the second has rows of the first), partial, failed, duplicate, unrouted.
void drop_one_of_each(Pipeline& p) {
  const std::string good = document("a", 3);
  p.drop(routed("good"), good);
  p.drop(routed("overlaps"), document("a", 5));
  p.drop(routed("partial"), events(event("p", "2022-06-05T21:02:34Z") + "," + event("p", "yesterday")));
  p.drop(routed("broken"), events(event("b", "2022-06-05T21:02:34Z")) + "]");
  REQUIRE(eventually([&] { return p.files("landing").empty(); }));
  p.drop(routed("again"), good);
  p.drop("letter.json", "{}");
}

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE_ON_EACH_STORE("every metric about files and rows equals the ledger") {
    Pipeline p{target};
    p.config.grace = 100ms;
    Scraped daemon{p};
    REQUIRE(daemon.answers("/readyz", 200));
    CHECK(daemon.metric(files("failed")) == 0);
    CHECK(daemon.metric("longshore_files_total{feed=\"\",outcome=\"unrouted\"}") == 0);
    CHECK(daemon.metric("longshore_files_total{feed=\"\",outcome=\"failed\"}") == 0);
    CHECK(daemon.metric("longshore_files_total{feed=\"vehicles_status\",outcome=\"loaded\"}") == 0);
    CHECK(daemon.metric("longshore_load_duration_seconds_count{feed=\"vehicles_status\"}") == 0);
    CHECK(daemon.metric("longshore_last_success_timestamp_seconds{" + k_feed + "}") == 0);
    drop_one_of_each(p);
    REQUIRE(all_settled(p, 6));
    REQUIRE(daemon.reaches("longshore_files_total{feed=\"\",outcome=\"unrouted\"}", 1));
    REQUIRE(daemon.reaches(files("duplicate"), 1));
    REQUIRE(daemon.reaches("longshore_jobs", 0));

    const auto all = series_of(daemon.ask("/metrics").body);
    for (const std::string status : {"loaded", "partial", "duplicate", "failed"}) {
      CAPTURE(status);
      CHECK(all.at(files(status)) == number(p, "select count(*) from ingest_log where status = '" + status + "'"));
    }
    CHECK(all.at(rows("loaded")) == sum(p, "rows_loaded"));
    CHECK(all.at(rows("duplicate")) == sum(p, "rows_duplicate"));
    CHECK(all.at(rows("rejected")) == 1);
    CHECK(all.at("longshore_bytes_total{" + k_feed + "}") == sum(p, "size_bytes"));
    CHECK(all.at("longshore_load_duration_seconds_count{" + k_feed + "}") == 3);
    CHECK(all.at("longshore_load_duration_seconds_bucket{" + k_feed + ",le=\"3600\"}") == 3);
    CHECK(all.at("longshore_transaction_files_sum") == 5);
    CHECK(all.at("longshore_files_waiting") == 0);
    CHECK(all.at("longshore_oldest_waiting_age_seconds") == 0);
    CHECK(all.at("longshore_database_up") == 1);
    const auto newest =
        parse_time(p.one("select max(finished_at) from ingest_log where status in ('loaded', 'partial')"));
    if (newest.micros)  // else in the form of PostgreSQL's client
      CHECK(all.at("longshore_last_success_timestamp_seconds{" + k_feed + "}") ==
            doctest::Approx(metrics::unix_seconds(*newest.micros)));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }

  TEST_CASE("promtool accepts the metrics") {
    Pipeline p{fresh_database()};
    Scraped daemon{p};
    drop_one_of_each(p);
    REQUIRE(daemon.reaches(files("failed"), 1));
    if (run_script("command -v promtool").exit != 0)
      SKIP("promtool is not installed (Debian package prometheus)");
    write_file(p.scratch / "metrics", daemon.ask("/metrics").body);
    const ScriptRun run = run_script("promtool check metrics < " + (p.scratch / "metrics"));
    CHECK_MESSAGE(run.exit == 0, run.output);
    CHECK(run.output == "");
  }

  TEST_CASE("the metrics of the process and of the disks equal those of the system") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Scraped daemon{p};
    REQUIRE(daemon.answers("/readyz", 200));
    const auto all = series_of(daemon.ask("/metrics").body);
    const auto space = std::filesystem::space(p.config.landing);
    for (const std::string name : {"landing", "processed", "failed"}) {
      CAPTURE(name);
      CHECK(all.at("longshore_directory_size_bytes{directory=\"" + name + "\"}") ==
            static_cast<double>(space.capacity));
      CHECK(all.at("longshore_directory_free_bytes{directory=\"" + name + "\"}") > 0);
      CHECK(all.contains("longshore_directory_free_inodes{directory=\"" + name + "\"}"));
    }
    const double now = metrics::unix_seconds(now_micros());
    CHECK(all.at("process_start_time_seconds") == doctest::Approx(now).epsilon(60 / now));
    CHECK(all.at("longshore_start_time_seconds") == all.at("process_start_time_seconds"));
    CHECK(all.at("process_resident_memory_bytes") ==
          doctest::Approx(1024.0 * static_cast<double>(process_status(daemon.pid(), "VmRSS"))).epsilon(0.2));
    const std::string descriptors = "/proc/" + std::to_string(daemon.pid()) + "/fd";
    CHECK(all.at("process_open_fds") ==
          doctest::Approx(static_cast<double>(std::distance(std::filesystem::directory_iterator{descriptors}, {})))
              .epsilon(0.3));
    CHECK(all.at("process_max_fds") > all.at("process_open_fds"));
    CHECK(all.at("process_cpu_seconds_total") > 0);
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("a file system that hangs is left out of the metrics and does not block a scrape") {
    if (!can_inject())
      return;
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Scraped daemon{p};
    REQUIRE(daemon.answers("/readyz", 200));
    const std::string free_bytes = "longshore_directory_free_bytes{directory=\"failed\"}";
    CHECK(daemon.metric(free_bytes) > 0);
    {
      const Injection hang{daemon.pid(), {"statfs:delay_enter=60000000"}, p.scratch / "trace"};
      for (const double most : {8.0, 4.0}) {  // seconds; one that hangs already is not waited for
        const auto begin = std::chrono::steady_clock::now();
        CHECK(std::isnan(daemon.metric(free_bytes)));
        CHECK(daemon.metric("longshore_database_up") == 1);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::duration<double>{most});
      }
      CHECK(daemon.ask("/healthz").status == 200);
    }
    CHECK(eventually([&] { return daemon.metric(free_bytes) > 0; }));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("the age is 0 for a waiting file with a future mtime, and when no file waits") {
    metrics::Metrics metrics{{}};
    const auto age = [&] {
      return series_of(metrics.text(metrics::Metrics::Scope::all)).at("longshore_oldest_waiting_age_seconds");
    };
    observe::Situation situation;
    CHECK(age() == 0);
    situation.files_waiting = 1;
    situation.oldest_waiting = now_micros() + 3'600'000'000;
    metrics.tick(situation);
    CHECK(age() == 0);
    situation.oldest_waiting = now_micros() - 3'600'000'000;
    metrics.tick(situation);
    CHECK(age() == doctest::Approx(3600).epsilon(0.01));
    metrics.tick({});
    CHECK(age() == 0);
  }

  TEST_CASE("removed rows are counted from the start for feeds with keep, and only for these") {
    metrics::Metrics metrics{{}};
    metrics.feeds_changed(registry_of({readings(), objects_detection()}));
    const auto purged = [&] { return series_of(metrics.text(metrics::Metrics::Scope::all)); };
    CHECK(purged().at("longshore_rows_purged_total{feed=\"readings\"}") == 0);
    CHECK(!purged().contains("longshore_rows_purged_total{feed=\"objects_detection\"}"));
    metrics.rows_purged("readings", 3);
    metrics.feeds_changed(registry_of({readings()}));  // a reload
    metrics.rows_purged("readings", 4);
    CHECK(purged().at("longshore_rows_purged_total{feed=\"readings\"}") == 7);
  }

  TEST_CASE("the overflow counter continues when a reload makes a new watch") {
    metrics::Metrics metrics{{}};
    observe::Situation situation;
    for (const std::uint64_t overflows : {1U, 3U, 3U, 0U, 2U}) {
      situation.queue_overflows = overflows;
      metrics.tick(situation);
    }
    CHECK(series_of(metrics.text(metrics::Metrics::Scope::all)).at("longshore_queue_overflows_total") == 5);
  }
}
