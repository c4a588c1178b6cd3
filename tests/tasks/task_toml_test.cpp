#include "tasks/task_toml.hpp"

#include "support/rows.hpp"
#include "support/scratch_directory.hpp"
#include "tasks/task_list.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::tasks;
using namespace std::chrono_literals;

namespace {

constexpr const char* k_origin = "tasks.d/hourly.toml";

Task parse(const std::string& toml, const std::string& directory = "/nowhere") {
  return parse_task(toml, k_origin, directory, test::built_in());
}

// "line: what", and the hint.
std::pair<std::string, std::string> fault_of(const std::string& toml, const std::string& directory = "/nowhere") {
  try {
    parse(toml, directory);
  } catch (const TaskFaultsError& error) {
    CHECK(error.exit() == Exit::config);
    REQUIRE(error.faults().size() == 1);
    const TaskFault& fault = error.faults()[0];
    CHECK(std::string{error.what()} == fault.place + ": " + fault.what);
    CHECK(error.hint() == fault.hint);
    return {fault.place.substr(std::string{k_origin}.size() + 1) + ": " + fault.what, fault.hint};
  }
  FAIL("the declaration was taken");
  return {};
}

std::string what_of(const std::string& toml, const std::string& directory = "/nowhere") {
  return fault_of(toml, directory).first;
}

const std::string k_name = "name = \"hourly\"\n";
const std::string k_sql = "sql = \"select 1\"\n";

void write(const std::string& path, const std::string& text, bool is_program = false) {
  std::ofstream{path} << text;
  using std::filesystem::perms;
  std::filesystem::permissions(path, is_program ? perms::owner_all | perms::group_read : perms::owner_read);
}

}  // namespace

TEST_SUITE("task declarations") {
  TEST_CASE("a declaration with every option") {
    const Task task = parse(R"toml(
name          = "hourly"
after         = ["objects_detection", "cleaned"]
after_failure = ["cleaned"]
touched       = [{ name = "hour", from = "detection_time", truncate = "hour" }, { from = "vehicle_id" }]
sql           = ["delete from hours; ", "insert into hours select 1 -- all"]
setup         = "create table if not exists hours (hour int)"
settle        = "5s"
max_wait      = "2m"
every         = "1d"
timeout       = "10m"
retries       = 0
)toml");
    CHECK(task.name == "hourly");
    CHECK(task.after_feeds == std::vector<std::string>{"objects_detection"});
    CHECK(task.after_tasks == std::vector<std::string>{"cleaned"});
    CHECK(task.after_failure == std::vector<std::string>{"cleaned"});
    REQUIRE(task.touched.size() == 2);
    CHECK(task.touched[0].name == "hour");
    CHECK(task.touched[0].from == "detection_time");
    CHECK(task.touched[0].truncate == "hour");
    CHECK(task.touched[0].type == ColumnType{Type::timestamp});
    CHECK(task.touched[1].name == "vehicle_id");
    CHECK(task.touched[1].type == ColumnType{Type::text});
    CHECK(task.sql.postgres == "delete from hours\n;\ninsert into hours select 1 -- all\n;\n");
    CHECK(task.sql.sqlite == task.sql.postgres);
    CHECK(task.setup.sqlite == "create table if not exists hours (hour int)\n;\n");
    CHECK(!task.is_program());
    CHECK(task.settle == 5s);
    CHECK(task.max_wait == 2min);
    CHECK(task.every == 24h);
    CHECK(task.timeout == 10min);
    CHECK(task.retries == 0);
    CHECK(task.origin == k_origin);
    CHECK(task.declaration.size() == 32);
  }

  TEST_CASE("a declaration with only a name and SQL runs on demand, with the defaults") {
    const Task task = parse(k_name + k_sql);
    CHECK(task.after_feeds.empty());
    CHECK(task.touched.empty());
    CHECK(task.settle == 2s);
    CHECK(task.max_wait == 1min);
    CHECK(!task.every);
    CHECK(!task.timeout);
    CHECK(task.retries == 3);
    CHECK(parse(k_name + k_sql + "settle = \"5m\"\n").max_wait == 5min);
  }

  TEST_CASE("a file of SQL stands beside the declaration, and may have a form for SQLite") {
    const test::ScratchDirectory directory;
    write(directory / "hourly.sql", "select 1;\n");
    const std::string toml = k_name + "file = \"hourly.sql\"\nsetup_file = \"hourly.sql\"\n";
    CHECK(parse(toml, directory.path()).sql.of(store::Engine::sqlite) == "select 1;\n");
    write(directory / "hourly.sqlite.sql", "select 2;\n");
    const Task task = parse(toml, directory.path());
    CHECK(task.sql.of(store::Engine::postgres) == "select 1;\n");
    CHECK(task.sql.of(store::Engine::sqlite) == "select 2;\n");
    CHECK(task.setup.sqlite == "select 2;\n");
  }

  TEST_CASE("a file that cannot be used is a fault of its line") {
    const test::ScratchDirectory directory;
    const auto what = [&](const std::string& line) { return what_of(k_name + line, directory.path()); };
    CHECK(what("file = \"no.sql\"") == "2: file \"no.sql\" does not exist");
    CHECK(what("file = \"hourly.txt\"") == "2: file \"hourly.txt\" is not the name of an SQL file");
    write(directory / "empty.sql", " \n");
    CHECK(what("file = \"empty.sql\"") == "2: file \"empty.sql\" is empty");
    write(directory / "open.sql", "select 1");
    std::filesystem::permissions(directory / "open.sql", std::filesystem::perms::all);
    CHECK(what("file = \"open.sql\"") == "2: file: " + (directory / "open.sql") + ": every user may write this file");
    CHECK(what(k_sql + "setup_file = \"no.sql\"") == "3: setup_file \"no.sql\" does not exist");
  }

  TEST_CASE("a program is a path and its arguments, relative to the declaration") {
    const test::ScratchDirectory directory;
    write(directory / "report.sh", "#!/bin/sh\n", true);
    const std::string path = directory / "report.sh";
    const Task task = parse(k_name + "run = [\"./report.sh\", \"--all\"]\n", directory.path());
    CHECK(task.program == std::vector<std::string>{path, "--all"});
    CHECK(task.is_program());
    CHECK(parse(k_name + "run = \"" + path + "\"\n").program == std::vector<std::string>{path});
  }

  TEST_CASE("a program that cannot run is a fault of its line") {
    const test::ScratchDirectory directory;
    const auto fault = [&](const std::string& line) { return fault_of(k_name + line, directory.path()); };
    CHECK(fault("run = \"python3\"").first == "2: run \"python3\" is not the path of a program");
    CHECK(fault("run = \"/no/program\"").first == "2: cannot run \"/no/program\": No such file or directory");
    CHECK(fault("run = \"/tmp\"").first == "2: cannot run \"/tmp\": it is not a file");
    CHECK(fault("run = []").first == "2: run is empty");
    const std::string path = directory / "report.sh";
    write(path, "#!/bin/sh\n");
    CHECK(fault("run = \"./report.sh\"").first == "2: cannot run \"" + path + "\": Permission denied");
    CHECK(fault("run = \"./report.sh\"").second == "chmod +x " + path);
    std::filesystem::permissions(path, std::filesystem::perms::all);
    CHECK(fault("run = \"./report.sh\"").first == "2: cannot run \"" + path + "\": every user may write this file");
  }

  TEST_CASE("both or none of sql, file and run are faults") {
    CHECK(what_of(k_name) == "1: the task does nothing: sql, file and run are missing");
    CHECK(what_of(k_name + k_sql + "run = \"/bin/true\"\n") == "3: more than one of sql, file and run");
    CHECK(what_of(k_name + k_sql + "setup = \"select 1\"\nsetup_file = \"a.sql\"\n").find("more than one of setup") !=
          std::string::npos);
    CHECK(what_of(k_name + "sql = [\"select 1\", \" ; \"]\n") == "2: a statement of sql is empty");
    CHECK(what_of(k_name + "sql = []\n") == "2: sql is empty");
    CHECK(what_of(k_name + "sql = 1\n") == "2: sql is not a string");
  }

  TEST_CASE("a name is an identifier of which a table can be named, and is not reserved") {
    CHECK(what_of(k_sql) == "1: \"name\" is missing");
    for (const std::string name : {"Hourly", "by-hour", "1h", "", "a b"})
      CHECK_MESSAGE(
          what_of("name = \"" + name + "\"\n" + k_sql) == "1: name \"" + name + "\" is not a plain identifier", name);
    const std::string longest(48, 'a');
    CHECK(("ingest_touched_" + longest).size() == 63);
    CHECK(parse("name = \"" + longest + "\"\n" + k_sql).name == longest);
    CHECK(fault_of("name = \"" + longest + "a\"\n" + k_sql).second ==
          "a-z, 0-9 and _, not beginning with a digit, at most 48 characters");
    for (const std::string name : {"ingest_log", "purge_processed", "housekeeping", "report"})
      CHECK(what_of("name = \"" + name + "\"\n" + k_sql) == "1: task \"" + name + "\": the name is reserved");
    CHECK(what_of("name = \"vehicles_status\"\n" + k_sql) == "1: task \"vehicles_status\" has the name of a feed");
  }

  TEST_CASE("times outside of their range are faults") {
    CHECK(what_of(k_name + k_sql + "settle = \"2h\"\n") == "3: settle \"2h\" is not a time from 0ms to 1h");
    CHECK(what_of(k_name + k_sql + "max_wait = \"2d\"\n") == "3: max_wait \"2d\" is not a time from 0ms to 1d");
    CHECK(what_of(k_name + k_sql + "every = \"10ms\"\n") == "3: every \"10ms\" is not a time from 1s to 366d");
    CHECK(what_of(k_name + k_sql + "timeout = \"0\"\n") == "3: timeout \"0\" is not a time from 1s to 30d");
    CHECK(what_of(k_name + k_sql + "timeout = 30\n") == "3: timeout is not a string");
    CHECK(what_of(k_name + k_sql + "settle = \"2s\"\nmax_wait = \"1s\"\n") ==
          "4: max_wait 1s is shorter than settle 2s");
    CHECK(what_of(k_name + k_sql + "retries = -1\n") == "3: retries is not a whole number from 0 to 100");
    CHECK(fault_of(k_name + k_sql + "every = \"1\"\n").second == "for example every = \"1d\"");
  }

  TEST_CASE("all faults of a declaration are named at once, each with its line and remedy") {
    try {
      parse(k_name + "afer = \"x\"\nsettle = \"x\"\nretries = \"x\"\ntouched = [{ form = \"a\" }]\n");
      FAIL("taken");
    } catch (const TaskFaultsError& error) {
      std::string all;
      for (const TaskFault& fault : error.faults())
        all += fault.place.substr(8) + ": " + fault.what + " (" + fault.hint + ")\n";
      CHECK(
          all ==
          R"(hourly.toml:1: the task does nothing: sql, file and run are missing (a task has one of sql = ["…"], file = "hourly.sql" and run = "/path/of/program")
hourly.toml:2: unknown key "afer" (did you mean after)
hourly.toml:3: settle "x" is not a time from 0ms to 1h (for example settle = "2s")
hourly.toml:4: retries is not a whole number from 0 to 100 (for example retries = 3)
hourly.toml:5: unknown key "form" (did you mean from)
hourly.toml:5: "from" is missing (touched = [{ name = "hour", from = "detection_time", truncate = "hour" }])
)");
      CHECK(std::string{error.what()}.starts_with(
          "tasks.d/hourly.toml:1: the task does nothing: sql, file and run are missing (a task has one of "));
      CHECK(error.hint() == "`longshore config check` prints each fault on its own line");
    }
  }

  TEST_CASE("text that is not TOML is one fault with its line") {
    CHECK(what_of("name = \n").starts_with("1: "));
    CHECK(fault_of("name = \n").second == "https://toml.io describes the syntax");
  }

  TEST_CASE("the declaration changes with what decides the result, and with nothing else") {
    const std::string after = "after = [\"objects_detection\", \"vehicles_status\"]\n";
    const std::string key = "touched = [{ from = \"vehicle_id\" }]\n";
    const auto of = [](const std::string& toml) { return parse(k_name + toml).declaration; };
    const std::string hash = of(after + key + k_sql);
    CHECK(of("# note\n" + k_sql + key + "after = [\"vehicles_status\", \"objects_detection\"]\n") == hash);
    CHECK(of(after + key + k_sql + "every = \"1d\"\nsettle = \"1s\"\nretries = 1\ntimeout = \"1m\"\n") == hash);
    CHECK(of(after + key + "sql = \"select 2\"\n") != hash);
    CHECK(of(after + k_sql) != hash);
    CHECK(of("after = \"objects_detection\"\n" + key + k_sql) != hash);
    CHECK(of(after + key + k_sql + "setup = \"select 1\"\n") != hash);
    CHECK(of(after + key + "run = \"/bin/true\"\n") != of(after + key + "run = [\"/bin/true\", \"x\"]\n"));
  }
}
