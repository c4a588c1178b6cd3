// packaging/tasks/parquet: run by hand, as a task runs it.
#include "config/feeds.hpp"
#include "support/duckdb.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/places.hpp"
#include "support/script.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace longshore;
using namespace longshore::test;
using Texts = std::vector<std::string>;

namespace {

// Landing, database and the directory `parquet`, for the feeds of samples/feeds.
struct Exported {
  explicit Exported(const store::Target& target) : p(target, feeds()) {}

  static Registry feeds() {
    config::Config config;
    config.feeds = source("samples/feeds");
    return config::load_feeds(config);
  }
  // Loads a sample file.
  void load(const std::string& path) {
    p.drop(std::filesystem::path{path}.filename(), content_of(source("samples/" + path)));
    CHECK(p.run_once() == Exit::ok);
  }
  ScriptRun write(const std::string& feed, const std::string& keys, const std::string& words = "") const {
    return run_script("cd '" + p.scratch.path().string() + "' && export LONGSHORE_DATABASE='" + text_of(p.target()) +
                      "' LONGSHORE_FEEDS='" + source("samples/feeds") + "' NODE_PATH='" + duckdb().modules +
                      "' && printf '" + keys + "' | '" + source("packaging/tasks/parquet") + "' --longshore '" +
                      program() + "' --feed " + feed + " --to parquet " + words);
  }
  std::string query(const std::string& sql) const { return duckdb_rows(p.scratch.path(), sql); }

  Pipeline p;
};

}  // namespace

TEST_SUITE("tasks") {
  TEST_CASE_ON_EACH_STORE("the Parquet file of a day has the types of the feed and its exact values") {
    if (duckdb().modules.empty())
      SKIP(duckdb().fault);
    Exported exported{target};
    exported.load("door_events/door_events_20260101T080000.json");
    const ScriptRun run = exported.write("door_events", R"({"day":"2026-01-01"}\n)");
    CHECK_MESSAGE(run.exit == 0, run.output);
    CHECK(run.output == "{\"written\": 1, \"removed\": 0, \"rows\": 3}\n");
    CHECK(exported.p.files("parquet") == Texts{"date=2026-01-01/data.parquet"});
    CHECK(exported.query("select string_agg(column_name || ' ' || column_type, ', ') as types from (describe from "
                         "read_parquet('parquet/*/*.parquet', hive_partitioning = false))") ==
          R"([{"types":"door_id INTEGER, event_time TIMESTAMP WITH TIME ZONE, is_open BOOLEAN, opened_count BIGINT, )"
          R"(battery_volt DOUBLE, serviced_on DATE, position JSON, tags VARCHAR[], alarm_codes INTEGER[], rest JSON, )"
          R"(file_id BIGINT"}])");
    CHECK(exported.query("select event_time, is_open, opened_count, battery_volt, serviced_on, position, tags, "
                         "alarm_codes from 'parquet/*/*.parquet' order by event_time limit 2") ==
          R"([{"event_time":"2026-01-01 07:00:00.5+00","is_open":true,"opened_count":"9000000001",)"
          R"("battery_volt":11.75,"serviced_on":"2025-11-30","position":"{\"hall\":\"B\",\"side\":\"east\"}",)"
          R"("tags":["gate","trucks"],"alarm_codes":[7,9]},)"
          R"({"event_time":"2026-01-01 07:05:00+00","is_open":false,"opened_count":"9000000002",)"
          R"("battery_volt":null,"serviced_on":null,"position":null,"tags":[],"alarm_codes":null}])");
  }

  TEST_CASE_ON_EACH_STORE("only the Parquet files of touched days change, and that of an empty day goes") {
    if (duckdb().modules.empty())
      SKIP(duckdb().fault);
    Exported exported{target};
    exported.load("user_actions/user_actions_20260101T080000.json");
    const std::string parquet = exported.p.scratch / "parquet";
    std::filesystem::create_directories(parquet + "/date=2025-06-01");
    std::filesystem::create_directories(parquet + "/date=2026-01-01");
    for (const char* name : {"date=2025-06-01/data.parquet", "date=2026-01-01/.data.parquet.7", "date=2025-05-31"})
      run_script("echo old >'" + parquet + "/" + name + "'");
    const ScriptRun run = exported.write(
        "user_actions", R"({"day":"2026-01-01"}\n{"day":"2025-06-01"}\n{"day":null}\n{"day":"2026-01-01"}\n)");
    CHECK_MESSAGE(run.exit == 0, run.output);
    CHECK(run.output == "{\"written\": 1, \"removed\": 1, \"rows\": 2}\n");
    CHECK(exported.p.files("parquet") == Texts{"date=2025-05-31", "date=2026-01-01/data.parquet"});
    CHECK_FALSE(std::filesystem::exists(parquet + "/date=2025-06-01"));

    struct stat before {};
    REQUIRE(::stat((parquet + "/date=2026-01-01/data.parquet").c_str(), &before) == 0);
    CHECK(exported.write("user_actions", "", "day=2026-01-05").output ==
          "{\"written\": 0, \"removed\": 1, \"rows\": 0}\n");
    struct stat after {};
    REQUIRE(::stat((parquet + "/date=2026-01-01/data.parquet").c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
  }

  TEST_CASE("a Parquet file that cannot be written leaves the old one, and says why") {
    if (duckdb().modules.empty())
      SKIP(duckdb().fault);
    const ScratchDirectory directory;
    Exported exported{sqlite_in(directory)};
    exported.load("user_actions/user_actions_20260101T080000.json");
    REQUIRE(exported.write("user_actions", "", "day=2026-01-01").exit == 0);
    const std::string old = content_of(exported.p.scratch / "parquet/date=2026-01-01/data.parquet");
    const auto fails = [&](const std::string& words, const std::string& reason) {
      const ScriptRun run = exported.write("user_actions", "", words);
      CHECK(run.exit == 1);
      CHECK_MESSAGE(run.output.find(reason) != std::string::npos, run.output);
      CHECK(exported.p.files("parquet") == Texts{"date=2026-01-01/data.parquet"});
      CHECK(content_of(exported.p.scratch / "parquet/date=2026-01-01/data.parquet") == old);
    };
    fails("--by page day=2026-01-01", "parquet: longshore export ended with exit code 64");
    fails("--duckdb /bin/false day=2026-01-01", "parquet: DuckDB ended with exit code 1");
    fails("--duckdb /nonexistent day=2026-01-01", "parquet: [Errno 2] No such file or directory: '/nonexistent'");
    fails("week=2026-01", "parquet: unknown parameter \"week=2026-01\"; hint: day=2026-01-01");
    const ScriptRun key = exported.write("user_actions", R"({"hour":"2026-01-01T08:00:00Z"}\n)");
    CHECK(key.exit == 1);
    CHECK(key.output.find("hint: touched = [{ name = \"day\"") != std::string::npos);
  }

  TEST_CASE("the duckdb program writes the same Parquet file") {
    if (duckdb().modules.empty())
      SKIP(duckdb().fault);
    if (run_script("command -v duckdb").exit != 0)
      SKIP("the program duckdb is not installed");
    const ScratchDirectory directory;
    Exported exported{sqlite_in(directory)};
    exported.load("user_actions/user_actions_20260101T080000.json");
    CHECK(exported.write("user_actions", "", "--duckdb duckdb day=2026-01-01").output ==
          "{\"written\": 1, \"removed\": 0, \"rows\": 3}\n");
    const std::string rows = exported.query("select * from 'parquet/*/*.parquet' order by all");
    CHECK(exported.write("user_actions", "", "day=2026-01-01").exit == 0);
    CHECK(exported.query("select * from 'parquet/*/*.parquet' order by all") == rows);
  }
}
