// Tasks in the whole program: a daemon runs them after its loads, `run --once` at its end.
#include "cli/operating.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "system/running.hpp"
#include "tasks/hourly.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

void write_task(Pipeline& p, const std::string& name, const std::string& toml) {
  p.config.tasks = p.scratch / "tasks";
  fs::create_directories(p.config.tasks);
  write_file(p.config.tasks + "/" + name + ".toml", "name = \"" + name + "\"\n" + toml);
}

void write_hourly(Pipeline& p) {
  const tasks::Task task = hourly_task();
  write_task(p, "hourly", R"(after = ["objects_detection"]
touched = [{ name = "hour", from = "detection_time", truncate = "hour" }]
settle = "0s"
file = "hourly.sql"
setup_file = "setup.sql"
)");
  const store::Engine engine = p.target().engine;
  write_file(p.config.tasks + "/hourly.sql", task.sql.of(engine));
  write_file(p.config.tasks + "/setup.sql", task.setup.of(engine));
}

bool is_rolled_up(Pipeline& p, std::size_t files) {
  return all_settled(p, files) && eventually([&] {
           return p.one("select count(*) from ingest_changes") == "0" && p.rows(k_hourly) == recomputed(p);
         });
}

// Exit code and log of `run --once`.
int run_once(Pipeline& p, std::string& log) {
  DaemonProcess once{p, {.words = {"--once"}}};
  const int code = once.wait();
  log = once.log();
  return code;
}

void drop_event(Pipeline& p, int number, const std::string& hour) {
  p.drop(routed(std::to_string(number)), events(event("v" + std::to_string(number), "2026-01-01T" + hour + ":00:00Z")));
}

}  // namespace

TEST_SUITE("runner of tasks") {
  TEST_CASE_ON_EACH_STORE("a daemon keeps a roll-up in step with its loads") {
    Pipeline p{target};
    drop_event(p, 1, "10");
    p.run_once();
    p.config.once = false;
    write_hourly(p);
    Running daemon{p};
    CHECK(is_rolled_up(p, 1));  // also what was loaded before
    for (int i = 2; i < 6; ++i)
      drop_event(p, i, "1" + std::to_string(i % 3));
    CHECK(is_rolled_up(p, 5));
    CHECK(p.rows("select distinct state, cause, instance from ingest_task_runs") == Lines{"succeeded|change|test"});
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE("the loads of a daemon without tasks are rolled up by another one") {
    Pipeline p{fresh_database()};
    p.config.once = false;
    Pipeline other{p.target()};
    other.config.once = false;
    other.config.instance = "other";
    write_hourly(other);
    Running without{p};
    Running with{other};
    drop_event(p, 1, "10");
    drop_event(other, 2, "10");
    drop_event(p, 3, "11");
    REQUIRE(all_settled(p, 3));
    CHECK(is_rolled_up(other, 3));
    CHECK(p.rows("select distinct instance from ingest_task_runs") == Lines{"other"});
  }

  TEST_CASE_ON_EACH_STORE("run --once ends with the tasks that are due, each after those that it waits for") {
    Pipeline p{target};
    write_hourly(p);
    write_task(p, "total", "after = [\"hourly\"]\nsql = [\"select sum(events) as events from hourly\"]\n");
    write_task(p, "again", "after = [\"total\"]\nsql = [\"select 1 as one\"]\n");
    drop_event(p, 1, "10");
    drop_event(p, 2, "11");
    std::string log;
    CHECK(run_once(p, log) == 0);
    CHECK(p.rows("select task, cause, parent_run_id, state, result from ingest_task_runs order by run_id") ==
          Lines{"hourly|change|\\N|succeeded|{\"rows\":[0,2]}", "total|task|1|succeeded|[{\"events\":2}]",
                "again|task|2|succeeded|[{\"one\":1}]"});
  }

  TEST_CASE_ON_EACH_STORE("run --once exits with 65 if a task fails, and its files are loaded") {
    Pipeline p{target};
    write_task(p, "broken", "after = [\"objects_detection\"]\nretries = 0\nsql = [\"select * from no_such_table\"]\n");
    write_task(p, "informs", "after_failure = [\"broken\"]\nsql = [\"select 'told' as word\"]\n");
    drop_event(p, 1, "10");
    std::string log;
    CHECK(run_once(p, log) == 65);
    CHECK(log.find("task broken: run 1 failed") != std::string::npos);
    CHECK(outcomes(p) == Lines{"objects_detection_1.json|loaded|1"});
    CHECK(p.rows("select task, cause, state from ingest_task_runs order by run_id") ==
          Lines{"broken|change|failed", "informs|failure|succeeded"});
    CHECK(p.rows("select file_id from ingest_changes order by 1") == Lines{"0", "1"});
  }

  TEST_CASE_ON_EACH_STORE("a program gets the keys on its standard input and works for the run that it belongs to") {
    Pipeline p{target};
    write_task(p, "lines",
               R"(after = ["objects_detection"]
touched = [{ name = "hour", from = "detection_time", truncate = "hour" }]
run = ["/bin/sh", "-c", "cat >> ')" +
                   p.scratch / "keys" + R"('; echo working >&2; echo \"{\\\"run\\\":$LONGSHORE_TASK_RUN}\""]
)");
    drop_event(p, 1, "10");
    drop_event(p, 2, "11");
    std::string log;
    CHECK(run_once(p, log) == 0);
    CHECK(content_of(p.scratch / "keys") ==
          "{\"hour\":\"2026-01-01T10:00:00.000000Z\"}\n{\"hour\":\"2026-01-01T11:00:00.000000Z\"}\n");
    CHECK(p.one("select state, changes, touched, result, log from ingest_task_runs") ==
          "succeeded|2|2|{\"run\":1}|working\n");
    CHECK(p.one("select count(*) from ingest_touched_lines") == "0");
  }

  TEST_CASE_ON_EACH_STORE("the keys of a program that fails are given to its next run") {
    Pipeline p{target};
    write_task(p, "lines",
               R"(after = ["objects_detection"]
touched = [{ name = "hour", from = "detection_time", truncate = "hour" }]
run = ["/bin/sh", "-c", "cat >> ')" +
                   p.scratch / "keys" + "'; test -e '" + p.scratch / "ok" + R"('"]
)");
    drop_event(p, 1, "10");
    std::string log;
    CHECK(run_once(p, log) == 65);
    CHECK(p.one("select state, error from ingest_task_runs") == "failed|exit code 1");
    write_file(p.scratch / "ok", "");
    drop_event(p, 2, "11");
    const auto session = open(target);
    session->exec("update ingest_tasks set retry_at = null");
    fs::remove(p.scratch / "keys");
    CHECK(run_once(p, log) == 0);
    CHECK(content_of(p.scratch / "keys") ==
          "{\"hour\":\"2026-01-01T10:00:00.000000Z\"}\n{\"hour\":\"2026-01-01T11:00:00.000000Z\"}\n");
    CHECK(p.one("select count(*) from ingest_touched_lines") == "0");
  }

  TEST_CASE_ON_EACH_STORE("a daemon that is stopped ends a long run at once, and its next start does the work") {
    Pipeline p{target};
    p.config.once = false;
    write_task(p, "long", "after = [\"objects_detection\"]\nsettle = \"0s\"\nrun = [\"/bin/sleep\", \"1000\"]\n");
    drop_event(p, 1, "10");
    {
      Running daemon{p};
      CHECK(eventually([&] { return p.rows("select 1 from ingest_task_runs where state = 'running'").size() == 1; }));
      CHECK(daemon.stop() == 0);
    }
    CHECK(p.one("select state, error from ingest_task_runs") == "lost|longshore was stopped");
    write_task(p, "long", "after = [\"objects_detection\"]\nsettle = \"0s\"\nrun = [\"/bin/true\"]\n");
    Running daemon{p};
    CHECK(eventually([&] { return p.rows("select 1 from ingest_task_runs where state = 'succeeded'").size() == 1; }));
    CHECK(p.one("select count(*) from ingest_touched_long") == "0");
  }

  TEST_CASE_ON_EACH_STORE("run --once ends although a task with `every` takes longer than its interval") {
    Pipeline p{target};
    write_task(p, "often", "every = \"1s\"\nrun = [\"/bin/sleep\", \"1.2\"]\n");
    std::string log;
    CHECK(run_once(p, log) == 0);
    CHECK(p.one("select count(*) from ingest_task_runs") == "1");
  }

  TEST_CASE_ON_EACH_STORE("a task whose setup fails does not run, and files are loaded nevertheless") {
    Pipeline p{target};
    write_task(p, "wrong",
               "after = [\"objects_detection\"]\nsql = [\"select 1\"]\nsetup = [\"create tabel x (y text)\"]\n");
    drop_event(p, 1, "10");
    std::string log;
    CHECK(run_once(p, log) == 65);
    CHECK(log.find("wrong.toml: the setup of task \"wrong\" failed: ") != std::string::npos);
    CHECK(log.find("tabel") != std::string::npos);
    CHECK(outcomes(p) == Lines{"objects_detection_1.json|loaded|1"});
    CHECK(p.rows("select task from ingest_tasks").empty());
    const auto migrated = run_longshore({"migrate", "--tasks", p.config.tasks, "--database", p.config.database});
    CHECK(migrated.exit == 78);
  }

  TEST_CASE_ON_EACH_STORE("the keys of a program that failed are given to the program that replaces it") {
    Pipeline p{target};
    const std::string keys = R"(after = ["objects_detection"]
touched = [{ name = "hour", from = "detection_time", truncate = "hour" }]
)";
    write_task(p, "lines", keys + "run = [\"/bin/false\"]\n");
    drop_event(p, 1, "10");
    std::string log;
    CHECK(run_once(p, log) == 65);
    write_task(p, "lines", keys + "run = [\"/bin/sh\", \"-c\", \"cat > '" + p.scratch / "keys" + "'\"]\n");
    CHECK(run_once(p, log) == 0);
    CHECK(content_of(p.scratch / "keys") == "{\"hour\":\"2026-01-01T10:00:00.000000Z\"}\n");
    CHECK(p.one("select count(*) from ingest_touched_lines") == "0");
  }
}
