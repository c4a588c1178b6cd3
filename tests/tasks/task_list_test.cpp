#include "tasks/task_list.hpp"

#include "config/config.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::tasks;

namespace {

// A tasks.d for one test.
class TasksDirectory {
 public:
  TasksDirectory() { m_config.tasks = m_scratch.path(); }

  void write(const std::string& name, const std::string& text) const { std::ofstream{m_scratch / name} << text; }
  config::Config& config() { return m_config; }
  std::vector<Task> load(const Registry& registry = test::built_in()) const { return load_tasks(m_config, registry); }

  // "file:line: what (hint)", each on a line.
  std::string faults(const Registry& registry = test::built_in()) const {
    std::vector<TaskFault> found;
    try {
      load(registry);
    } catch (const TaskFaultsError& error) {
      found = error.faults();
    }
    return lines(found);
  }
  std::string faults_without_feeds() const { return lines(find_task_faults(m_config, nullptr)); }

 private:
  std::string lines(const std::vector<TaskFault>& faults) const {
    const std::string directory = m_scratch.path().string() + "/";
    std::string text;
    for (const TaskFault& fault : faults)
      text += fault.place + ": " + fault.what + " (" + fault.hint + ")\n";
    for (std::size_t at = 0; (at = text.find(directory)) != std::string::npos;)
      text.erase(at, directory.size());
    return text;
  }

  test::ScratchDirectory m_scratch;
  config::Config m_config;
};

std::vector<std::string> names_of(const std::vector<Task>& tasks) {
  std::vector<std::string> names;
  names.reserve(tasks.size());
  for (const Task& task : tasks)
    names.push_back(task.name);
  return names;
}

std::string task(const std::string& name, const std::string& options = "") {
  return "name = \"" + name + "\"\nsql = \"select 1\"\n" + options;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("task list") {
  TEST_CASE("without a directory and shipped tasks there are no tasks") {
    config::Config config;
    CHECK(config.tasks == k_tasks_directory);
    CHECK(load_tasks(config, test::built_in()).empty());
    config.tasks = "/nonexistent";
    CHECK_THROWS_WITH_AS(load_tasks(config, test::built_in()),
                         "cannot list the tasks directory \"/nonexistent\": No such file or directory", Error);
    CHECK(find_task_faults(config, nullptr).size() == 1);
  }

  TEST_CASE("the *.toml of the directory are read, sorted by name") {
    TasksDirectory directory;
    directory.write("b.toml", task("first", "after = \"second\"\n"));
    directory.write("c.toml", task("second"));
    directory.write(".hidden.toml", "not TOML");
    directory.write("README", "not TOML");
    CHECK(names_of(directory.load()) == Names{"first", "second"});
  }

  TEST_CASE("shipped tasks are enabled by their names, and replaced by a file") {
    TasksDirectory directory;
    REQUIRE(!shipped_tasks().empty());
    CHECK(directory.load().empty());
    for (const std::string& name : shipped_tasks())
      directory.config().enable_tasks += name + ",";
    CHECK(names_of(directory.load()) == shipped_tasks());
    CHECK(directory.load()[0].origin == k_built_in);
    const std::string shipped = directory.load()[0].name;
    directory.write("mine.toml", task(shipped));
    CHECK(names_of(directory.load()) == shipped_tasks());
    CHECK(directory.load()[0].origin.ends_with("/mine.toml"));
    directory.config().enable_tasks = "";
    CHECK(names_of(directory.load()) == Names{shipped});
  }

  TEST_CASE("an unknown shipped task is a fault of the setting") {
    TasksDirectory directory;
    directory.config().enable_tasks = "detection_hourly";
    CHECK(directory.faults() == "enable_tasks: unknown task \"detection_hourly\" (did you mean detections_hourly)\n");
  }

  TEST_CASE("a shipped task whose feed is disabled says so") {
    TasksDirectory directory;
    directory.config().enable_tasks = "status_minutes";
    directory.config().disable_feeds = "vehicles_status";
    const Names disabled{"vehicles_status"};
    CHECK(directory.faults(Registry::load("", disabled)).find("(disable_feeds disables this feed)\n") !=
          std::string::npos);
  }

  TEST_CASE("faults of all declarations are named in one error") {
    TasksDirectory directory;
    directory.write("a.toml", task("hourly", "after = [\"objects_detections\", \"daily\", \"weekly\"]\n"));
    directory.write("b.toml", task("weekly", "after = \"vehicle_daily\"\nsettle = \"x\"\n"));
    directory.write("c.toml", "name = \n");
    directory.write("d.toml", task("hourly"));
    directory.write("e.toml", task("alarm", "after_failure = [\"weakly\", \"vehicles_status\"]\n"));
    std::string text = directory.faults();
    const std::size_t syntax = text.find("c.toml:1: ");
    REQUIRE(syntax != std::string::npos);
    text.erase(syntax, text.find('\n', syntax) + 1 - syntax);
    CHECK(text ==
          R"(b.toml:4: settle "x" is not a time from 0ms to 1h (for example settle = "2s")
d.toml:1: task "hourly" is also declared in a.toml:1 (rename one of them, or remove the older file)
a.toml:3: after names an unknown feed or task "objects_detections" (did you mean objects_detection)
a.toml:3: after names an unknown feed or task "daily" (the tasks and feeds are: hourly, weekly, alarm, objects_detection, vehicles_status, ingest_log)
b.toml:3: after names an unknown feed or task "vehicle_daily" (this shipped task is not enabled: add it to enable_tasks)
e.toml:3: after_failure names an unknown task "weakly" (did you mean weekly)
e.toml:3: after_failure names "vehicles_status", which is a feed (only a task can fail: name a task)
)");
  }

  TEST_CASE("a cycle through after and after_failure is named with its path, once") {
    TasksDirectory directory;
    directory.write("a.toml", task("a", "after = [\"vehicles_status\", \"c\"]\n"));
    directory.write("b.toml", task("b", "after_failure = \"a\"\n"));
    directory.write("c.toml", task("c", "after = \"b\"\n"));
    directory.write("d.toml", task("d", "after = \"c\"\n"));
    directory.write("e.toml", task("e", "after = \"e\"\n"));
    CHECK(directory.faults() ==
          "a.toml:1: tasks run after one another in a cycle: a after c after b after a (remove one of these names from "
          "after or after_failure)\n"
          "e.toml:1: tasks run after one another in a cycle: e after e (remove one of these names from after or "
          "after_failure)\n");
  }

  TEST_CASE("two ways to one task are no cycle") {
    TasksDirectory directory;
    directory.write("a.toml", task("a", "after = [\"b\", \"c\"]\n"));
    directory.write("b.toml", task("b", "after = \"d\"\n"));
    directory.write("c.toml", task("c", "after = \"d\"\n"));
    directory.write("d.toml", task("d", "after = \"vehicles_status\"\n"));
    CHECK(directory.faults() == "");
  }

  TEST_CASE("if the feeds are wrong, the other faults of tasks are found") {
    TasksDirectory directory;
    directory.write("a.toml", task("a", "after = [\"a_feed\", \"b\"]\nretries = 1000\n"));
    directory.write("b.toml", task("b", "after = \"a\"\ntouched = [{ from = \"x\" }]\n"));
    CHECK(directory.faults_without_feeds() ==
          "a.toml:4: retries is not a whole number from 0 to 100 (for example retries = 3)\n"
          "b.toml:4: touched without a feed in `after` (touched has values of the rows that the feeds in `after` "
          "loaded: name a feed, or remove touched)\n"
          "a.toml:1: tasks run after one another in a cycle: a after b after a (remove one of these names from after "
          "or after_failure)\n");
  }
}

namespace {

const std::string k_dated = R"(name    = "dated"
files   = ["dated_*"]
records = [""]
table   = "dated"
key     = ["sensor", "day"]
columns = [
  { name = "sensor", from = "/sensor", type = "integer" },
  { name = "day",    from = "/day",    type = "date" },
  { name = "tags",   from = "/tags/*",   type = "text[]" },
]
)";
const std::string k_current = R"(name    = "current"
files   = ["current_*"]
records = [""]
history = false
latest  = { table = "current", key = ["sensor"], newest = "at" }
columns = [
  { name = "sensor", from = "/sensor", type = "text" },
  { name = "at",     from = "/at",     type = "timestamp" },
]
)";

std::string key_faults(const std::string& after, const std::string& keys) {
  TasksDirectory directory;
  directory.write("a.toml", task("a", "after = " + after + "\ntouched = [" + keys + "]\n"));
  return directory.faults(Registry{{test::readings(), parse_feed(k_dated, "d"), parse_feed(k_current, "c")}});
}

}  // namespace

TEST_SUITE("task keys") {
  TEST_CASE("a key has the type of its column, or of the truncated time") {
    TasksDirectory directory;
    directory.write("a.toml", task("a", R"(after = "readings"
touched = [{ from = "at" }, { from = "at", name = "minute", truncate = "minute" },
           { from = "at", name = "hour", truncate = "hour" }, { from = "at", name = "day", truncate = "day" },
           { from = "at", name = "month", truncate = "month" }, { from = "at", name = "year", truncate = "year" },
           { from = "value" }]
)"));
    const std::vector<Task> tasks = directory.load(Registry{{test::readings()}});
    std::string types;
    for (const store::TouchedKey& key : tasks.at(0).touched)
      types += key.name + " " + type_text(key.type) + "\n";
    CHECK(types == "at timestamp\nminute timestamp\nhour timestamp\nday date\nmonth date\nyear date\nvalue integer\n");
  }

  TEST_CASE("the ledger has columns for keys") {
    TasksDirectory directory;
    directory.write("a.toml", task("a", R"(after = "ingest_log"
touched = [{ from = "claimed_at", name = "day", truncate = "day" }, { from = "feed" }]
)"));
    const std::vector<Task> tasks = directory.load();
    CHECK(tasks.at(0).after_feeds == Names{"ingest_log"});
    CHECK(tasks.at(0).touched[0].type == ColumnType{Type::date});
    CHECK(tasks.at(0).touched[1].type == ColumnType{Type::text});
  }

  TEST_CASE("a key whose column is missing in a feed, or has another type there") {
    CHECK(key_faults("\"readings\"", "{ from = \"sensors\" }") ==
          "a.toml:4: feed \"readings\" has no column \"sensors\" (did you mean sensor)\n");
    CHECK(key_faults("[\"readings\", \"dated\"]", "{ from = \"value\" }") ==
          "a.toml:4: feed \"dated\" has no column \"value\" (its columns are sensor, day, tags)\n");
    CHECK(key_faults("[\"readings\", \"dated\"]", "{ from = \"sensor\" }") ==
          "a.toml:4: from \"sensor\" is text in feed \"readings\" and integer in feed \"dated\" (a key has one type: "
          "take another column, or declare two tasks)\n");
    CHECK(key_faults("\"ingest_log\"", "{ from = \"finished\" }") ==
          "a.toml:4: feed \"ingest_log\" has no column \"finished\" (its columns are claimed_at, feed, file_name, "
          "instance)\n");
  }

  TEST_CASE("truncate of what is no time, and of a date to a part that it has not") {
    CHECK(
        key_faults("\"readings\"", "{ from = \"sensor\", truncate = \"day\" }") ==
        "a.toml:4: truncate \"day\" of \"sensor\", which is text (only a timestamp or a date can be truncated: remove "
        "truncate)\n");
    CHECK(key_faults("\"dated\"", "{ from = \"day\", truncate = \"hour\" }") ==
          "a.toml:4: truncate \"hour\" of \"day\", which is a date (day, month or year; or remove truncate)\n");
    CHECK(key_faults("\"dated\"", "{ from = \"day\", truncate = \"month\" }") == "");
    CHECK(key_faults("\"dated\"", "{ from = \"day\", truncate = \"week\" }") ==
          "a.toml:4: truncate \"week\" is not a part of a time (minute, hour, day, month or year)\n");
    CHECK(
        key_faults("\"dated\"", "{ from = \"tags\" }") ==
        "a.toml:4: from \"tags\" is text[], which cannot be a key (take a column with a single value, such as a text, "
        "a number or a time)\n");
  }

  TEST_CASE("keys without a feed, with one name, or with a name that is reserved") {
    CHECK(key_faults("[]", "{ from = \"at\" }")
              .starts_with("a.toml:4: touched without a feed in `after` (touched has values of the rows"));
    CHECK(key_faults("\"readings\"", "{ from = \"at\" }, { name = \"at\", from = \"sensor\" }") ==
          "a.toml:4: two keys have the name \"at\" (give each key another name)\n");
    CHECK(key_faults("\"readings\"", "{ name = \"by_run\", from = \"at\" }") ==
          "a.toml:4: the name \"by_run\" of a key is reserved (choose another name)\n");
    CHECK(key_faults("\"readings\"", "") == "a.toml:4: touched is not a list of keys (touched = [{ name = \"hour\", "
                                            "from = \"detection_time\", truncate = \"hour\" }])\n");
  }

  TEST_CASE("a value that newer rows replace is no key, because nothing tells what it was") {
    CHECK(key_faults("\"current\"", "{ from = \"sensor\" }") == "");
    CHECK(key_faults("\"current\"", "{ from = \"at\" }") ==
          "a.toml:4: from \"at\": newer rows of feed \"current\" replace older ones, whose \"at\" would be lost (take "
          "columns of latest.key, or remove `history = false` from the feed)\n");
  }
}
