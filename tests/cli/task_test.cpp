// longshore task: what people and scripts see of tasks, and what a run from the command line does.
#include "cli/run_program.hpp"
#include "store/store.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/places.hpp"
#include "support/records.hpp"
#include "support/scratch_directory.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

using Words = std::vector<std::string>;

// A database with a loaded file, and a directory of tasks.
struct Tasks {
  explicit Tasks(const store::Target& target) : p{target} {
    write("counted", R"toml(name = "counted"
after = ["objects_detection"]
setup = ["create table if not exists counted (files bigint)"]
sql = ["insert into counted select count(*) from touched"]
)toml");
    p.drop(routed("1"), document("v"));
    p.run_once();
  }

  void write(const std::string& name, const std::string& toml) const {
    std::ofstream{directory / (name + ".toml")} << toml;
  }
  void migrate() const {
    const Finished migrated = longshore({"migrate"});
    REQUIRE_MESSAGE(migrated.exit == 0, migrated.err);
  }
  Finished longshore(const Words& words) const {
    return run_longshore(words, {{"LONGSHORE_DATABASE", p.config.database}, {"LONGSHORE_TASKS", directory / ""}});
  }
  // Runs a command that succeeds.
  std::string out(const Words& words) const {
    const Finished finished = longshore(words);
    CHECK_MESSAGE(finished.exit == 0, finished.err);
    return finished.out;
  }

  ScratchDirectory directory;
  Pipeline p;
};

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  REQUIRE_MESSAGE(!document.HasParseError(), json);
  return document;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE_ON_EACH_STORE("task run runs a task now, and list, runs and show tell about it") {
  Tasks t{target};
  CHECK(tab_lines(t.out({"task", "list"})).size() == 1);
  CHECK(t.out({"task", "list", "--json"}).empty());
  t.migrate();
  auto tasks = tab_lines(t.out({"task", "list"}));
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[1][0] == "counted");
  CHECK(tasks[1][2] == "waiting");

  const std::string ran = t.out({"task", "run", "counted", "day=2026-01-02", "--json"});
  CHECK(t.p.one("select files from counted") == "1");
  const auto run = parsed(ran);
  CHECK(run["run_id"].GetInt() == 1);
  CHECK(std::string{run["state"].GetString()} == "succeeded");
  CHECK(std::string{run["cause"].GetString()} == "command");
  CHECK(std::string{run["parameters"]["day"].GetString()} == "2026-01-02");
  CHECK(run["touched"].GetInt() == 1);
  CHECK(run["parent_run_id"].IsNull());
  CHECK(run["caused"].Empty());
  CHECK(t.out({"task", "show", "1", "--json"}) == ran);
  const std::string shown = t.out({"task", "show", "1"});
  CHECK(contains(shown, "task        counted\n"));
  CHECK(contains(shown, "parameters  {\"day\":\"2026-01-02\"}\n"));

  const auto task = parsed(t.out({"task", "list", "--json"}));
  CHECK(std::string{task["state"].GetString()} == "idle");
  CHECK(std::string{task["after"][0].GetString()} == "objects_detection");
  CHECK(task["changes"].GetInt() == 0);

  t.out({"task", "run", "counted"});
  CHECK(t.p.rows("select files from counted order by 1") == Words{"0", "1"});
  t.out({"task", "run", "counted", "--all"});
  CHECK(t.p.rows("select files from counted order by 1") == Words{"0", "1", "1"});
  const auto runs = tab_lines(t.out({"task", "runs", "counted", "--limit", "2"}));
  REQUIRE(runs.size() == 3);
  CHECK(runs[1][0] == "3");
  CHECK(runs[2][0] == "2");
  CHECK(tab_lines(t.out({"task", "runs", "--since", "1h", "--state", "succeeded"})).size() == 4);
  CHECK(tab_lines(t.out({"task", "runs", "--state", "lost"})).size() == 1);
}

TEST_CASE_ON_EACH_STORE("a run that fails is exit code 65, with its error and its output") {
  Tasks t{target};
  t.write("broken",
          "name = \"broken\"\nrun = [\"/bin/sh\", \"-c\", \"echo first; printf 'bad \\\\033 news\\\\nmore' >&2; "
          "exit 3\"]\n");
  t.migrate();
  const Finished failed = t.longshore({"task", "run", "broken"});
  CHECK(failed.exit == 65);
  CHECK(contains(failed.out, "state       failed\n"));
  CHECK(contains(failed.out, "error       "));
  CHECK(contains(failed.out, "\n\nbad \\x1b news\nmore\n"));
  CHECK(tab_lines(t.out({"task", "list"}))[1][2] == "idle");  // a run that a person starts is not repeated
  const auto run = parsed(t.out({"task", "runs", "--state", "failed", "--json"}));
  CHECK(std::string{run["task"].GetString()} == "broken");
  CHECK_FALSE(run.HasMember("log"));
}

TEST_CASE_ON_EACH_STORE("a program starts other tasks as children of its run, and never its own task") {
  Tasks t{target};
  const std::string command = program() + " task run --tasks " + (t.directory / "") + " --database \\\"$0\\\" ";
  const auto write = [&](const std::string& name, const std::string& starts) {
    t.write(name, "name = \"" + name + "\"\nrun = [\"/bin/sh\", \"-c\", \"exec " + command + starts + "\", \"" +
                      t.p.config.database + "\"]\n");
  };
  write("outer", "counted");
  write("loop", "turn");
  write("turn", "loop");
  t.migrate();
  t.out({"task", "run", "outer"});
  CHECK(t.p.rows("select task, cause, parent_run_id, state from ingest_task_runs order by run_id") ==
        Words{"outer|command|\\N|succeeded", "counted|command|1|succeeded"});
  CHECK(contains(t.out({"task", "show", "1"}), "caused      2 counted (succeeded)\n"));
  CHECK(contains(t.out({"task", "show", "2"}), "cause       command, by run 1\n"));

  CHECK(t.longshore({"task", "run", "loop"}).exit == 65);
  CHECK(t.p.rows("select task, parent_run_id, state from ingest_task_runs where run_id > 2 order by run_id") ==
        Words{"loop|\\N|failed", "turn|3|failed"});
  CHECK(contains(t.out({"task", "show", "4"}), "the task \"loop\" may not start itself: run 3 of it led to this run"));
}

TEST_CASE_ON_EACH_STORE("task drop ends a task, and keeps its runs") {
  Tasks t{target};
  t.migrate();
  t.out({"task", "run", "counted"});
  CHECK(contains(t.out({"task", "drop", "counted"}), "task counted dropped."));
  CHECK(tab_lines(t.out({"task", "list"})).size() == 1);
  CHECK(tab_lines(t.out({"task", "runs", "counted"})).size() == 2);
  const Finished again = t.longshore({"task", "drop", "counted"});
  CHECK(again.exit == 64);
  CHECK(contains(again.err, "unknown task \"counted\""));
  const Finished run = t.longshore({"task", "run", "counted"});
  CHECK(run.exit == 78);
  CHECK(contains(run.err, "the task \"counted\" is not declared in the database"));
}

TEST_CASE("wrong words of task are refused with a hint") {
  const ScratchDirectory directory;
  Tasks t{sqlite_in(directory)};
  t.migrate();
  const auto refused = [&](const Words& words, const std::string& message, const std::string& hint) {
    const Finished finished = t.longshore(words);
    CHECK(finished.exit == 64);
    CHECK_MESSAGE(contains(finished.err, message), finished.err);
    CHECK_MESSAGE(contains(finished.err, hint), finished.err);
  };
  refused({"task"}, "missing argument", "longshore task --help");
  refused({"task", "lst"}, "unknown action \"lst\"", "did you mean list");
  refused({"task", "show"}, "wrong number of arguments", "longshore task show RUN");
  refused({"task", "show", "x"}, "\"x\" is not the number of a run", "longshore task runs");
  refused({"task", "show", "9"}, "run 9 does not exist", "longshore task runs");
  refused({"task", "runs", "countd"}, "unknown task \"countd\"", "did you mean counted");
  refused({"task", "runs", "--state", "faild"}, "--state: \"faild\" is not a state of a run", "did you mean failed");
  refused({"task", "run", "countd"}, "unknown task \"countd\"", "did you mean counted");
  refused({"task", "run", "counted", "day"}, "\"day\" is not a parameter", "KEY=VALUE");
  refused({"task", "run", "counted", "1=2"}, "\"1=2\" is not a parameter", "KEY=VALUE");
  refused({"task", "run", "counted", "a=1", "a=2"}, "the parameter \"a\" is given twice", "once");
}
