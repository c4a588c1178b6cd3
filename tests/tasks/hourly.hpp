// A small roll-up of the detections, for tests of the runner: how many events each hour has.
#pragma once

#include "admin/replaying.hpp"
#include "store/task_runs.hpp"
#include "store/tasks.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "tasks/declared.hpp"
#include "tasks/run_task.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace longshore::test {

inline tasks::Task hourly_task() {
  tasks::Task task;
  task.name = "hourly";
  task.after_feeds = {"objects_detection"};
  task.touched = {{"hour", "detection_time", "hour", {Type::timestamp, false}}};
  task.setup.postgres = "create table if not exists hourly (hour timestamptz primary key, events bigint not null)";
  task.setup.sqlite = "create table if not exists hourly (hour text primary key, events integer not null) strict";
  task.sql.postgres = R"(
delete from hourly h using touched t where h.hour = t.hour;
insert into hourly
select t.hour, count(*)
from touched t
join detection_events e on e.detection_time >= t.hour and e.detection_time < t.hour + interval '1 hour'
group by t.hour
)";
  task.sql.sqlite = R"(
delete from hourly where hour in (select hour from touched);
insert into hourly
select substr(e.detection_time, 1, 13) || ':00:00.000000Z', count(*)
from detection_events e
where substr(e.detection_time, 1, 13) || ':00:00.000000Z' in (select hour from touched)
group by 1
)";
  task.settle = std::chrono::milliseconds{0};
  task.origin = "hourly.toml";
  task.declaration = "1";
  return task;
}

inline constexpr const char* k_hourly = "select hour, events from hourly order by 1";

// What the roll-up must be.
inline std::vector<std::string> recomputed(Pipeline& p) {
  return p.rows(
      p.target().engine == store::Engine::postgres
          ? "select date_trunc('hour', detection_time, 'UTC'), count(*) from detection_events group by 1 order by 1"
          : "select substr(detection_time, 1, 13) || ':00:00.000000Z', count(*) from detection_events group by 1 "
            "order by 1");
}

inline std::unique_ptr<store::Session> open(const store::Target& target) {
  return store::open(target, store::Access::read_write, "longshore/tests");
}

inline tasks::RunSettings run_settings(const store::Target& target) { return {target, "test", std::chrono::hours{24}}; }

// Runs the task on this thread.
inline tasks::RunReport run(Pipeline& p, const tasks::Task& task, const tasks::Start& start = {.cause = "change"}) {
  const std::atomic<bool> cancel{false};
  return tasks::run_task(task, tasks::keys_of(task, p.registry), start, run_settings(p.target()), cancel);
}

inline void declare(Pipeline& p, const tasks::Task& task) {
  const auto session = open_migrated(p.target(), p.registry);
  tasks::declare(*session, p.target(), {&task, 1}, p.registry, "test");
}

inline constexpr auto k_succeeded = tasks::RunReport::State::succeeded;
inline constexpr const char* k_changes = "select count(*) from ingest_changes";

// A file of one event.
inline void load_event(Pipeline& p, int number, const std::string& vehicle, const std::string& time) {
  load(p, "objects_detection_" + std::to_string(number) + ".json", events(event(vehicle, time)));
}

// Two files in two hours.
inline Pipeline& loaded(Pipeline& p) {
  load_event(p, 1, "a", "2026-01-01T10:10:00Z");
  load_event(p, 2, "a", "2026-01-01T11:10:00Z");
  return p;
}

inline tasks::Task with_sql(const std::string& sql) {
  tasks::Task task = hourly_task();
  task.sql = {sql, sql};
  return task;
}

}  // namespace longshore::test
