#include "samples/sample.hpp"
#include "support/duckdb.hpp"
#include "support/each_store.hpp"
#include "support/places.hpp"
#include "support/skip.hpp"

#include <filesystem>

#include <sys/stat.h>

using namespace longshore;
using namespace longshore::test;
using Texts = std::vector<std::string>;

namespace {

ino_t inode_of(const std::string& path) {
  struct stat st {};
  CHECK(::stat(path.c_str(), &st) == 0);
  return st.st_ino;
}

constexpr const char* k_roll_up = "select event_date, action, actions, users, cast(round(amount * 100) as bigint) "
                                  "from actions_daily order by 1, 2";
constexpr const char* k_recomputed =
    "select event_date, action, count(*), count(distinct user_id), cast(round(sum(amount) * 100) as bigint) "
    "from user_actions group by 1, 2 order by 1, 2";

}  // namespace

TEST_SUITE("samples") {
  TEST_CASE_ON_EACH_STORE("user actions become validated rows, a roll-up, and Parquet files by date") {
    if (duckdb().modules.empty())
      SKIP(duckdb().fault);
    Sample sample{"user_actions", target};
    sample.environment["NODE_PATH"] = duckdb().modules;
    // as flags: the longshore that the program calls has the same feeds
    const std::string folder = source("samples/systems/user_actions");
    sample.environment.erase("LONGSHORE_FEEDS");
    sample.environment.erase("LONGSHORE_TASKS");
    const std::string run = "longshore run --once --feeds '" + folder + "/feeds' --tasks '" + folder + "/tasks'";
    sample.drop("user_actions_20260101.json");
    sample.drop("user_actions_20260102.json");
    const ScriptRun first = sample.shell(run);
    CHECK_MESSAGE(first.exit == 0, first.output);
    CHECK(sample.rows("select file_name, status, rows_loaded, rows_rejected from ingest_log order by 1") ==
          Texts{"user_actions_20260101.json|loaded|3|0", "user_actions_20260102.json|partial|2|2"});
    CHECK(sample.rows(k_roll_up) == Texts{"2026-01-01|purchase|1|1|4990", "2026-01-01|view|1|1|0",
                                          "2026-01-02|click|1|1|0", "2026-01-02|purchase|1|1|1999",
                                          "2026-01-02|view|1|1|0"});
    CHECK(duckdb_rows(
              sample / "",
              "select date, user_id, event_time, event_date, action, amount, page, properties->>'items' as items, "
              "typeof(event_time) as type from 'parquet/*/*.parquet' where amount > 0 "
              "order by event_time") ==
          R"([{"date":"2026-01-01","user_id":"17","event_time":"2026-01-01 08:01:30.25+00","event_date":"2026-01-01",)"
          R"("action":"purchase","amount":"49.90","page":null,"items":"[3,4]",)"
          R"("type":"TIMESTAMP WITH TIME ZONE"},)"
          R"({"date":"2026-01-02","user_id":"31","event_time":"2026-01-02 10:00:00+00","event_date":"2026-01-02",)"
          R"("action":"purchase","amount":"19.99","page":null,"items":null,"type":"TIMESTAMP WITH TIME ZONE"}])");

    const ino_t untouched = inode_of(sample / "parquet/date=2026-01-02/data.parquet");
    sample.drop("user_actions_20260103_late.json");
    const ScriptRun second = sample.shell(run);
    CHECK_MESSAGE(second.exit == 0, second.output);
    CHECK(sample.rows(k_roll_up) == sample.rows(k_recomputed));
    CHECK(
        sample.one("select result from ingest_task_runs where task = 'actions_parquet' order by run_id desc limit 1") ==
        R"({"written": 1, "removed": 0, "rows": 3})");
    CHECK(inode_of(sample / "parquet/date=2026-01-02/data.parquet") == untouched);
    CHECK(duckdb_rows(sample / "",
                      "select date, count(*) as rows from 'parquet/*/*.parquet' group by all order by all") ==
          R"([{"date":"2026-01-01","rows":"3"},{"date":"2026-01-02","rows":"3"}])");
  }
}
