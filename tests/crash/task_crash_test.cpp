// The daemon dies in each step of a run of a task. After the next start the roll-up is what its rows say, and the
// program has got each key.
#include "admin/replaying.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "system/running.hpp"
#include "tasks/hourly.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

struct Point {
  const char* name;
  Lines states;  // of the runs, when the next start has done the work
};

const Point k_points[] = {
    {"before_run_start", {"succeeded"}},    {"after_run_start", {"lost", "succeeded"}},
    {"task_begun", {"lost", "succeeded"}},  {"task_touched", {"lost", "succeeded"}},
    {"task_worked", {"lost", "succeeded"}}, {"task_committed", {"succeeded"}},
};

constexpr const char* k_touched_hour =
    "after = [\"objects_detection\"]\ntouched = [{ name = \"hour\", from = \"detection_time\", truncate = \"hour\" }]\n"
    "settle = \"0s\"\n";

// A database in which the task has used two files. Since then a third one was loaded, with a late event, and a replay
// has moved the row of the first to another hour.
struct Changed {
  explicit Changed(const store::Target& target) : p{target} {
    p.config.tasks = p.scratch / "tasks";
    std::filesystem::create_directory(p.config.tasks);
  }

  void write_sql() {
    const tasks::Task task = hourly_task();
    write(std::string{k_touched_hour} + "sql = ['''" + task.sql.of(p.target().engine) + "''']\nsetup = ['''" +
          task.setup.of(p.target().engine) + "''']\n");
  }
  // It appends its keys to a file.
  void write_program() {
    write_file(p.config.tasks + "/append", "#!/bin/sh\nexec cat >>'" + seen_path() + "'\n");
    std::filesystem::permissions(p.config.tasks + "/append", std::filesystem::perms::owner_all);
    write(std::string{k_touched_hour} + "run = \"./append\"\n");
  }

  void change() {
    load(p, "objects_detection_1.json",
         R"({"objects_detection_events":[)" + event("a", "2026-01-01T10:10:00Z") + R"(],"corrected":[)" +
             event("a", "2026-01-01T15:10:00Z") + "]}");
    load(p, "objects_detection_2.json", events(event("a", "2026-01-01T11:10:00Z")));
    run_tasks();
    session->exec("delete from ingest_task_runs");
    std::filesystem::remove(seen_path());
    load(p, "objects_detection_3.json", events(event("b", "2026-01-01T11:40:00Z")));
    std::vector<Feed> feeds = p.registry.feeds();
    for (Feed& feed : feeds)
      if (feed.name == "objects_detection")
        feed.records = {"/corrected"};
    replay(p, {1}, Registry{std::move(feeds)});
  }

  void die_at(const std::string& point) {
    p.config.once = false;
    CHECK(DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", point + ":1"}}}}.wait() == 137);
    p.config.once = true;
    // a minute passes, and no pause follows several lost runs
    session->exec("update ingest_tasks set lease_until = started_at, failures = 0 where run_id is not null");
  }

  // Until no task has anything to do.
  void run_tasks() {
    p.config.once = false;
    Running daemon{p};
    CHECK(eventually([&] {
      return p.one("select count(*) from ingest_changes") == "0" &&
             p.one("select count(*) from ingest_touched_hourly") == "0" &&
             p.one("select count(*) from ingest_tasks where run_id is not null") == "0";
    }));
    CHECK(daemon.stop() == 0);
    p.config.once = true;
  }

  Lines states() { return p.rows("select state from ingest_task_runs order by run_id"); }
  std::string seen_path() const { return p.scratch / "seen"; }
  // The keys that the program has got, each once.
  Lines seen() const {
    std::istringstream text{content_of(seen_path())};
    std::set<std::string> keys;
    for (std::string line; std::getline(text, line);)
      keys.insert(line);
    return {keys.begin(), keys.end()};
  }

  Pipeline p;
  std::unique_ptr<store::Session> session;

 private:
  void write(const std::string& toml) {
    write_file(p.config.tasks + "/hourly.toml", "name = \"hourly\"\n" + toml);
    p.run_once();  // creates the tables
    session = open(p.target());
  }
};

const Lines k_changed_hours = {R"({"hour":"2026-01-01T10:00:00.000000Z"})", R"({"hour":"2026-01-01T11:00:00.000000Z"})",
                               R"({"hour":"2026-01-01T15:00:00.000000Z"})"};

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_ON_EACH_STORE("T01: after a kill in any step of a run of SQL, the next start makes the roll-up right") {
    for (const Point& point : k_points) {
      INFO(point.name);
      Changed t{fresh_like(target)};
      t.write_sql();
      t.change();
      CHECK(t.p.rows(k_hourly) != recomputed(t.p));
      t.die_at(point.name);
      const bool is_done = t.p.rows(k_hourly) == recomputed(t.p);
      CHECK(is_done == (std::string{point.name} == "task_committed"));
      t.run_tasks();
      CHECK(t.p.rows(k_hourly) == recomputed(t.p));
      CHECK(t.states() == point.states);
      t.p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("T01: after a kill in any step of a run of a program, the next start gives it each key") {
    for (const Point& point : k_points) {
      INFO(point.name);
      Changed t{fresh_like(target)};
      t.write_program();
      t.change();
      t.die_at(point.name);
      t.run_tasks();
      CHECK(t.seen() == k_changed_hours);
      CHECK(t.states() == point.states);
    }
  }

  TEST_CASE_ON_EACH_STORE("T01: after a kill in each of several runs of a program, the last one gets the keys of all") {
    Changed t{target};
    t.write_program();
    t.change();
    t.die_at("task_touched");
    load(t.p, "objects_detection_4.json", events(event("c", "2026-01-01T20:00:00Z")));
    t.die_at("task_worked");
    t.die_at("task_touched");
    std::filesystem::remove(t.seen_path());
    t.run_tasks();
    Lines keys = k_changed_hours;
    keys.emplace_back(R"({"hour":"2026-01-01T20:00:00.000000Z"})");
    CHECK(t.seen() == keys);
    CHECK(t.states() == Lines{"lost", "lost", "lost", "succeeded"});
  }
}
