#include "samples/sample.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"

using namespace longshore;
using namespace longshore::test;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* k_wide = "select run_id, robot_id, read_at, x, y, z, fx, fy, fz, distance from run_wide "
                               "order by 1, 2, 3";
constexpr const char* k_statistics = "select run_id, robot_id, seconds, instants, path, speed, force, nearest "
                                     "from run_statistics order by 1, 2";

void load(Sample& sample, const std::string& file) {
  sample.drop(file);
  const ScriptRun run = sample.shell("longshore run --once");
  CHECK_MESSAGE(run.exit == 0, run.output);
}

}  // namespace

TEST_SUITE("samples") {
  TEST_CASE_ON_EACH_STORE("sensor readings in any order become a wide table, and statistics of the changed runs only") {
    Sample sample{"sensor_runs", target};
    load(sample, "robot_readings_1.ndjson");
    CHECK(sample.one("select touched from ingest_task_runs") == "2");
    load(sample, "robot_readings_2.ndjson");
    CHECK(sample.one("select touched from ingest_task_runs order by run_id desc limit 1") == "1");
    CHECK(sample.one("select rows_rejected from ingest_log where file_name = 'robot_readings_2.ndjson'") == "1");

    // gaps are on a straight line; nothing is known beside an invalid distance, and behind the last force
    CHECK(sample.rows(k_wide) ==
          Texts{"a|1|2026-01-01T08:00:00.000000Z|0.000000|0.000000|0.000000|\\N|\\N|\\N|2.500000",
                "a|1|2026-01-01T08:00:00.500000Z|1.500000|2.000000|0.000000|3.000000|0.000000|4.000000|\\N",
                "a|1|2026-01-01T08:00:01.000000Z|3.000000|4.000000|0.000000|4.500000|0.000000|6.000000|\\N",
                "a|1|2026-01-01T08:00:01.500000Z|3.000000|4.000000|0.000000|6.000000|0.000000|8.000000|\\N",
                "a|1|2026-01-01T08:00:02.000000Z|3.000000|4.000000|0.000000|\\N|\\N|\\N|\\N",
                "a|1|2026-01-01T08:00:04.000000Z|9.000000|12.000000|0.000000|\\N|\\N|\\N|1.500000",
                "b|2|2026-01-01T08:00:00.000000Z|1.000000|1.000000|1.000000|\\N|\\N|\\N|\\N",
                "b|2|2026-01-01T08:00:01.000000Z|\\N|\\N|\\N|\\N|\\N|\\N|\\N",
                "b|2|2026-01-01T08:00:02.000000Z|\\N|\\N|\\N|\\N|\\N|\\N|0.750000"});
    CHECK(sample.rows(k_statistics) ==
          Texts{"a|1|4.000000|6|15.000000|3.750000|7.500000|1.500000", "b|2|2.000000|3|\\N|\\N|\\N|0.750000"});

    Sample reversed{"sensor_runs", fresh_like(target)};
    load(reversed, "robot_readings_2.ndjson");
    load(reversed, "robot_readings_1.ndjson");
    CHECK(reversed.rows(k_wide) == sample.rows(k_wide));
    CHECK(reversed.rows(k_statistics) == sample.rows(k_statistics));
  }
}
