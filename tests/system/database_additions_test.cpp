// What an administrator may add to longshore's tables: files go on loading, now and after a restart.
#include "admin/replaying.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace longshore;
using namespace longshore::test;

namespace {

void exec(const Pipeline& p, const std::string& sql) {
  store::open(p.target(), store::Access::read_write, "longshore/tests")->exec_script(sql);
}

// A lone file, a batch with a duplicate of a row, a large file, and a vehicle's status.
void load_each_way(Pipeline& p, const std::string& day) {
  p.config.large_file = 20'000;
  p.drop("objects_detection_" + day + "_lone.json", events(event("lone", day + "T08:00:00Z")));
  CHECK(p.run_once() == Exit::ok);
  p.drop("objects_detection_" + day + "_1.json", events(event("a", day + "T08:00:00Z")));
  p.drop("objects_detection_" + day + "_2.json",
         events(event("a", day + "T08:00:00Z") + "," + event("b", day + "T09:00:00Z")));
  std::string many;
  for (int i = 0; i < 300; ++i)
    many += (many.empty() ? "" : ",") + event("large-" + std::to_string(i), day + "T10:00:00Z");
  p.drop("objects_detection_" + day + "_large.json", events(many));
  p.drop("vehicles_status_" + day + ".json",
         R"({"vehicle_status":[{"vehicle_id":"a","report_time":")" + day + R"(T08:00:00Z","status":"driving"}]})");
  CHECK(p.run_once() == Exit::ok);
}

void check_loaded(Pipeline& p, int days) {
  CHECK(p.one("select count(*) from detection_events") == std::to_string(303 * days));
  CHECK(p.one("select count(*) from vehicle_status_history") == std::to_string(days));
  CHECK(p.one("select count(*) from vehicle_status") == "1");
  CHECK(p.rows("select distinct status, attempt from ingest_log") == std::vector<std::string>{"loaded|1"});
  p.check_books();
}

// A block of SQL in the section of docs/database.md about a history in a table of the user's own.
std::string documented_sql(int number) {
  std::ifstream file{source("docs/database.md")};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::string begin = "```sql\n";
  std::size_t at = text.find("## A history in a table of your own");
  REQUIRE(at != std::string::npos);
  for (int i = 0; i <= number; ++i)
    at = text.find(begin, at) + begin.size();
  return text.substr(at, text.find("```", at) - at);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE(
      "columns with a default, an identity or an expression are filled in every way of loading, also after a restart") {
    Pipeline p{fresh_database()};
    load_each_way(p, "2026-01-01");
    for (const char* table : {"detection_events", "vehicle_status_history", "vehicle_status"})
      exec(
          p,
          "alter table " + std::string{table} +
              " add column inserted_at timestamptz not null default now(), add column number bigint not null generated "
              "always as identity, add column upper_id text not null generated always as (upper(vehicle_id)) stored");
    exec(p, "alter table ingest_log add column reviewed boolean not null default false");

    load_each_way(p, "2026-01-02");

    check_loaded(p, 2);
    CHECK(p.one("select count(*) from detection_events where upper_id = upper(vehicle_id) and inserted_at <= now()") ==
          "606");
    CHECK(p.one("select count(distinct number) from detection_events") == "606");
  }

  TEST_CASE("columns with a default or an expression are filled on SQLite, also after a restart") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    load_each_way(p, "2026-01-01");
    for (const char* table : {"detection_events", "vehicle_status_history", "vehicle_status"}) {
      exec(p, "alter table " + std::string{table} + " add column source text not null default 'fleet'");
      exec(p,
           "alter table " + std::string{table} + " add column upper_id text generated always as (upper(vehicle_id))");
    }

    load_each_way(p, "2026-01-02");

    check_loaded(p, 2);
    CHECK(p.one("select count(*) from detection_events where upper_id = upper(vehicle_id) and source = 'fleet'") ==
          "606");
  }

  TEST_CASE_ON_EACH_STORE("triggers that note or change rows, and further indexes, are kept and work") {
    Pipeline p{fresh_like(target)};
    load_each_way(p, "2026-01-01");
    const bool postgres = target.engine == store::Engine::postgres;
    exec(p, "create table noted (vehicle_id text not null)");
    exec(p, "create index detection_events_time on detection_events (detection_time)");
    if (postgres)
      exec(p, R"(
create function note_row() returns trigger language plpgsql as
  $$ begin insert into public.noted values (new.vehicle_id); return new; end $$;
create trigger note_row after insert on detection_events for each row execute function note_row();
alter table detection_events add column region text;
create function set_region() returns trigger language plpgsql as $$ begin new.region = 'north'; return new; end $$;
create trigger set_region before insert on detection_events for each row execute function set_region();
)");
    else
      exec(p, R"(
create trigger note_row after insert on detection_events begin insert into noted values (new.vehicle_id); end
)");

    load_each_way(p, "2026-01-02");

    check_loaded(p, 2);
    CHECK(p.one("select count(*) from noted") == "303");
    if (postgres)
      CHECK(p.one("select count(*) from detection_events where region = 'north'") == "303");
  }

  TEST_CASE_ON_EACH_STORE(
      "the documented triggers keep a history in a table of the user's own, through duplicates and replays") {
    Pipeline p{fresh_like(target)};
    load_each_way(p, "2026-01-01");
    exec(p, documented_sql(target.engine == store::Engine::postgres ? 0 : 1));
    const char* const in_both =
        "select count(*) from sightings s join detections d on d.vehicle_id = s.vehicle_id and "
        "d.detection_time = s.seen_at and d.object_type = s.object_type and d.file_id = s.file_id";

    load_each_way(p, "2026-01-02");
    CHECK(p.one("select count(*) from sightings") == "303");
    CHECK(p.one(in_both) == "303");

    Ids ids;
    for (const std::string& id : p.rows("select file_id from ingest_log where feed = 'objects_detection'"))
      ids.push_back(std::stoll(id));
    CHECK(replay(p, ids, p.registry).empty());
    CHECK(p.one("select count(*) from sightings") == "606");
    CHECK(p.one(in_both) == "606");
    p.check_books();
  }

  TEST_CASE("a table that was partitioned by time is loaded in every way, with its duplicates") {
    Pipeline p{fresh_database()};
    load_each_way(p, "2026-01-01");
    exec(p, R"(
alter table detection_events rename to detection_events_plain;
create table detection_events (like detection_events_plain including all) partition by range (detection_time);
create table detection_events_1 partition of detection_events for values from ('2026-01-01Z') to ('2026-01-02Z');
create table detection_events_2 partition of detection_events for values from ('2026-01-02Z') to ('2026-01-03Z');
insert into detection_events select * from detection_events_plain;
create or replace view detection_days as
select vehicle_id, (detection_time at time zone 'UTC')::date as day, detection_time, file_id
from detection_events;
create or replace view detections as
select e.vehicle_id, e.detection_time, d.object_type, d.object_value, d.ordinal, e.file_id
from detection_events e
cross join lateral unnest(e.object_types, e.object_values) with ordinality as d (object_type, object_value, ordinal);
drop table detection_events_plain;
)");

    load_each_way(p, "2026-01-02");

    CHECK(p.one("select count(*) from detection_events_1") == "303");
    CHECK(p.one("select count(*) from detection_events_2") == "303");
    CHECK(p.one("select sum(rows) from ingest_overlap") == "2");
    check_loaded(p, 2);
  }
}
