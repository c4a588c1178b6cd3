// The tasks that come with longshore: whatever happens to the rows, each roll-up is what a recomputation makes of them.
#include "tasks/shipped.hpp"

#include "housekeeping/row_retention.hpp"
#include "observe/observer.hpp"
#include "store/tasks.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"
#include "tasks/hourly.hpp"
#include "tasks/task_list.hpp"

#include <doctest/doctest.h>

#include <future>

using namespace longshore;
using namespace longshore::test;
using tasks::RunReport;
using tasks::Task;

namespace {

// Readable if a check fails.
std::string text(const Lines& lines) {
  std::string all;
  for (const std::string& line : lines)
    all += line + "\n";
  return all;
}

void declare_all(Pipeline& p, const std::vector<Task>& all) {
  p.run_once();  // creates the tables
  const auto session = open(p.target());
  CHECK(tasks::declare(*session, p.target(), all, p.registry, "test").faults.empty());
}

// One to three files, or a replay of a file that was loaded.
void change_something(Pipeline& p, FileSource& files) {
  const Lines loaded = p.rows("select file_id from ingest_log where status in ('loaded', 'partial')");
  if (!loaded.empty() && files.below(3) == 0) {
    const std::int64_t id = std::stoll(loaded[files.below(loaded.size())]);
    CHECK(replay(p, {id}, files.below(2) == 0 ? corrected(p.registry) : p.registry).empty());
    return;
  }
  for (std::size_t i = 1 + files.below(3); i > 0; --i) {
    const std::string name = files.next_name();
    p.drop(name, files.next_content());
  }
  p.run_once();
}

void recompute(Pipeline& p, const Task& task) {
  const auto session = open(p.target());
  session->exec("delete from " + task.name);
  CHECK(store::change_all(*session, task.name));
  run_to_end(p, task);
}

void check_rollups(Pipeline& p, const std::vector<Task>& all) {
  for (const Task& task : all) {
    CAPTURE(task.name);
    run_to_end(p, task);
    const Lines kept = rollup(p, task.name);
    CHECK(!kept.empty());
    CHECK(text(kept) == text(expected(p, task.name)));
    recompute(p, task);
    CHECK(text(rollup(p, task.name)) == text(kept));
  }
}

void purge_rows(Pipeline& p, const Registry& registry) {
  observe::Observer nobody;
  const auto session = open(p.target());
  add_file_of_yesterday(*session);
  housekeeping::RowRetention retention{registry};
  while (retention.step(*session, nobody, now_micros())) {
  }
  CHECK(retention.rows() > 0);
}

}  // namespace

TEST_SUITE("shipped tasks") {
  TEST_CASE_ON_EACH_STORE("late, duplicate, replayed and corrected rows: each roll-up equals a recomputation") {
    for (unsigned seed = 1; seed <= 3; ++seed) {
      CAPTURE(seed);
      Pipeline p{fresh_like(target)};
      const std::vector<Task> all = shipped(p.registry);
      FileSource files{seed, 20, seed == 1 ? 2 : 12};
      p.run_once();
      change_something(p, files);
      declare_all(p, all);
      for (int round = 0; round < 12; ++round) {
        change_something(p, files);
        for (const Task& task : all)
          if (files.below(2) == 0)
            run_to_end(p, task);
      }
      check_rollups(p, all);
    }
  }

  TEST_CASE_ON_EACH_STORE("a roll-up outlives the rows that `keep` removes, and stays right behind the horizon") {
    const Registry keeping = built_in_with_keep("30d");
    Pipeline p{target, keeping};
    Pipeline forever{fresh_like(target)};
    const std::vector<Task> all = shipped(p.registry, "detections_hourly,vehicle_daily,status_minutes");
    declare_all(p, all);
    declare_all(forever, all);
    const auto add = [&](FileSource& files, int count) {
      for (int i = 0; i < count; ++i) {
        const std::string name = files.next_name();
        const std::string content = files.next_content();
        p.drop(name, content);
        forever.drop(name, content);
      }
      p.run_once();
      forever.run_once();
      for (const Task& task : all) {
        run_to_end(p, task);
        run_to_end(forever, task);
      }
    };
    const auto check_equal = [&] {
      for (const Task& task : all) {
        CAPTURE(task.name);
        CHECK(text(rollup(p, task.name)) == text(rollup(forever, task.name)));
      }
    };
    FileSource old{1, 36, 30};
    add(old, 20);
    check_equal();
    purge_rows(p, keeping);
    check_equal();
    FileSource late{2, 30, 12};  // from the horizon on
    for (int i = 0; i < 4; ++i) {
      add(late, 3);
      check_equal();
    }
    // all rows that are left: what was made of the others stays
    const auto session = open(p.target());
    for (const Task& task : all) {
      store::change_all(*session, task.name);
      run_to_end(p, task);
    }
    check_equal();
    // behind the horizon nothing is loaded, and nothing changes
    p.drop("vehicles_status_too_late.json", statuses(status("v0", format_time(days_ago(33)), "accident")));
    p.run_once();
    for (const Task& task : all)
      run_to_end(p, task);
    check_equal();
  }

  TEST_CASE_ON_EACH_STORE("loads of a process that knows other declarations are rolled up by one that knows these") {
    Pipeline p{target};
    Pipeline other{target};
    other.tasks = shipped(other.registry);
    p.tasks = other.tasks;
    for (Task& task : p.tasks) {  // an older SQL, which would be wrong
      task.declaration = "older";
      task.sql = {"delete from " + task.name, "delete from " + task.name};
    }
    p.tasks.erase(p.tasks.begin());
    FileSource files{7, 20, 5};
    for (int round = 0; round < 4; ++round) {
      for (Pipeline* daemon : {&p, &other, &p}) {
        const std::string name = files.next_name();
        daemon->drop(name, files.next_content());
        daemon->run_once();
      }
      if (round == 2)
        p.tasks.clear();  // knows no task
    }
    other.run_once();
    for (const Task& task : other.tasks) {
      CAPTURE(task.name);
      const auto session = open(target);
      store::change_all(*session, task.name);  // the older SQL has removed rows
      run_to_end(other, task);
    }
    check_rollups(other, other.tasks);
  }

  TEST_CASE_ON_EACH_STORE("two rebuilds at once make one roll-up") {
    Pipeline p{target};
    const std::vector<Task> all = shipped(p.registry);
    FileSource files{9, 20, 8};
    p.run_once();
    for (int i = 0; i < 6; ++i)
      change_something(p, files);
    declare_all(p, all);
    for (const Task& task : all) {
      CAPTURE(task.name);
      const auto rebuild = [&] {
        const auto session = open(target);
        RunReport report;
        do {
          store::change_all(*session, task.name);
          report = run(p, task);
        } while (report.state == RunReport::State::busy);
        return report;
      };
      auto first = std::async(std::launch::async, rebuild);
      auto second = std::async(std::launch::async, rebuild);
      CHECK(first.get().end.error == "");
      CHECK(second.get().end.error == "");
      CHECK(text(rollup(p, task.name)) == text(expected(p, task.name)));
    }
    check_rollups(p, all);
  }

  TEST_CASE_ON_EACH_STORE("daemons keep the roll-ups in step with their loads, also with a daemon that has no tasks") {
    Pipeline p{target};
    p.config.once = false;
    FileSource files{11, 20, 5};
    for (const Task& task : shipped(p.registry))
      p.config.enable_tasks += (p.config.enable_tasks.empty() ? "" : ",") + task.name;
    Running with{p};
    std::unique_ptr<Pipeline> other;
    std::unique_ptr<Running> without;
    if (target.engine == store::Engine::postgres) {
      other = std::make_unique<Pipeline>(target);
      other->config.once = false;
      other->config.instance = "other";
      without = std::make_unique<Running>(*other);
    }
    for (int i = 0; i < 12; ++i) {
      const std::string name = files.next_name();
      (other && i % 2 == 0 ? *other : p).drop(name, files.next_content());
    }
    for (const Task& task : shipped(p.registry)) {
      CAPTURE(task.name);
      CHECK(eventually(
          [&] {
            return p.one("select count(*) from ingest_log where status in ('loaded', 'partial', 'duplicate')") ==
                       "12" &&
                   p.rows("select 1 from ingest_changes where task = '" + task.name + "'").empty() &&
                   rollup(p, task.name) == expected(p, task.name);
          },
          60s));
    }
    CHECK(with.stop() == 0);
  }
}
