#include "samples/sample.hpp"
#include "support/each_store.hpp"

using namespace longshore;
using namespace longshore::test;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* k_averages = "select kind, name, weeks, trips, cast(average * 10 as bigint) from weekly_average "
                                   "order by 1, 2";

}  // namespace

TEST_SUITE("samples") {
  TEST_CASE_ON_EACH_STORE("taxi trips become weekly averages by region and by box, and a report of each run") {
    Sample sample{"taxi_trips", target};
    sample.drop("trips_20180507.csv");
    sample.drop("trips_20180514.csv");
    const ScriptRun run = sample.shell("echo 'region,datetime' >landing/trips_broken.csv\nlongshore run --once");
    CHECK_MESSAGE(run.exit == 65, run.output);
    CHECK(sample.rows(k_averages) == Texts{"area|Hamburg harbour|2|2|10", "area|Prague centre|2|3|15",
                                           "region|Hamburg|2|3|15", "region|Prague|2|4|20", "region|Turin|1|1|10"});

    const std::string report = sample.one("select result from ingest_task_runs where task = 'trips_report'");
    for (const char* line : {R"({"file_name":"trips_20180507.csv","status":"loaded","records":6,"rows_loaded":6,)"
                             R"("rows_duplicate":0,"rows_rejected":0,"error":null})",
                             R"({"file_name":"trips_20180514.csv","status":"partial","records":5,"rows_loaded":2,)"
                             R"("rows_duplicate":1,"rows_rejected":2,"error":null})",
                             R"({"file_name":"trips_broken.csv","status":"failed",)"})
      CHECK_MESSAGE(report.find(line) != std::string::npos, report);

    // a box that is added later counts the trips of all days
    const auto session = store::open(target, store::Access::read_write, "longshore/test");
    session->exec("insert into areas (name, west, south, east, north) values ('Turin', 7.5, 44.9, 7.8, 45.2)");
    const ScriptRun again = sample.shell("longshore task run trips_daily --all");
    CHECK_MESSAGE(again.exit == 0, again.output);
    CHECK(sample.rows(k_averages) == Texts{"area|Hamburg harbour|2|2|10", "area|Prague centre|2|3|15",
                                           "area|Turin|1|1|10", "region|Hamburg|2|3|15", "region|Prague|2|4|20",
                                           "region|Turin|1|1|10"});
  }
}
