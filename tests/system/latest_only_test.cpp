// Feeds with `history = false`: only the newest row of each key, in a table of longshore's making or in a user's own.
#include "admin/replaying.hpp"
#include "base/error.hpp"
#include "cli/operating.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string positions_toml(const std::string& columns = "", const std::string& more = "history = false\n") {
  return R"(
name    = "positions"
files   = ["positions_*.json"]
records = [""]
latest  = { table = "vehicle_position", key = ["vehicle"], newest = "at" }
)" + more +
         R"(columns = [
  { name = "vehicle", from = "/vehicle", type = "text" },
  { name = "at",      from = "/at",      type = "timestamp" },
  { name = "place",   from = "/place",   type = "text", required = false },
)" + columns +
         "]\n";
}

Registry positions(const std::string& columns = "") {
  return Registry{{parse_feed(positions_toml(columns), "feeds.d/positions.toml")}};
}

constexpr auto k_built_in_feeds = "objects_detection,vehicles_status";
constexpr auto k_speed = R"(  { name = "speed", from = "/speed", type = "double", required = false },
)";

// "a 08 depot": vehicle a at 08:00 in the depot, with a speed.
std::string position(const std::string& vehicle, const std::string& hour, const std::string& place) {
  return R"({"vehicle":")" + vehicle + R"(","at":"2026-01-01T)" + hour + R"(:00:00Z","place":")" + place +
         R"(","speed":1.5})" + "\n";
}

struct Delivery {
  std::string name;
  std::string content;
};

// Three vehicles; a tie of a that the place decides; a repeated record; an older one in a later file.
std::vector<Delivery> deliveries() {
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += position("v" + std::to_string(i % 7), i < 100 ? "05" : "06", "place " + std::to_string(i));
  return {{"positions_1.json", position("a", "08", "depot") + position("b", "08", "depot")},
          {"positions_2.json", position("a", "09", "gate") + position("a", "09", "Gate") + position("c", "07", "x")},
          {"positions_3.json", position("a", "07", "late") + position("b", "08", "depot") + position("c", "10", "y")},
          {"positions_4.json", many}};
}

Lines table_of(Pipeline& p) { return p.rows("select vehicle, at, place from vehicle_position order by vehicle"); }

void check_ledger(Pipeline& p) {
  CHECK(
      p.rows("select file_name from ingest_log where records <> rows_loaded + rows_duplicate + rows_rejected").empty());
  CHECK(
      p.rows(
           "select v.file_id from (select file_id, count(*) as found from vehicle_position where file_id is not null group by file_id) v left "
           "join ingest_log l on l.file_id = v.file_id where l.rows_loaded is null or v.found > l.rows_loaded")
          .empty());
}

const char* const k_counts =
    "select file_name, records, rows_loaded, rows_duplicate from ingest_log order by file_name";

Lines everything_of(Pipeline& p) {
  Lines all = p.rows("select * from vehicle_position order by vehicle");
  for (auto& row :
       p.rows("select file_id, status, attempt, records, rows_loaded, rows_duplicate from ingest_log order by 1"))
    all.push_back(std::move(row));
  return all;
}

std::string refusal_of(Pipeline& p) {
  try {
    p.run_once();
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::config);
    return std::string{error.what()} + " | " + error.hint();
  }
  return "not refused";
}

void exec(const store::Target& target, const std::string& sql) {
  store::open(target, store::Access::read_write, "longshore/tests")->exec_script(sql);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE("without a history, files in any order and in any way of loading give the same table") {
    auto files = deliveries();
    Lines expected;
    for (const char* way : {"together", "one by one", "backwards", "as large files"}) {
      CAPTURE(way);
      Pipeline p{fresh_like(target), positions()};
      p.config.large_file = way == std::string{"as large files"} ? 1 : 1'000'000;
      p.config.window_bytes = 1024;
      if (way == std::string{"backwards"})
        std::ranges::reverse(files);
      for (const Delivery& file : files) {
        p.drop(file.name, file.content);
        if (way != std::string{"together"})
          CHECK(p.run_once() == Exit::ok);
      }
      CHECK(p.run_once() == Exit::ok);

      CHECK(p.rows("select distinct status from ingest_log") == Lines{"loaded"});
      check_ledger(p);
      CHECK(p.files("processed").size() == 4);
      const Lines rows = table_of(p);
      REQUIRE(rows.size() == 10);
      CHECK(rows[0] == "a|2026-01-01T09:00:00.000000Z|gate");
      CHECK(rows[1] == "b|2026-01-01T08:00:00.000000Z|depot");
      CHECK(rows[2] == "c|2026-01-01T10:00:00.000000Z|y");
      if (expected.empty())
        expected = rows;
      CHECK(rows == expected);
      const bool postgres = target.engine == store::Engine::postgres;
      CHECK(p.one(postgres
                      ? "select count(*) from pg_tables where tablename like '%position%'"
                      : "select count(*) from sqlite_schema where type = 'table' and name like '%position%'") == "1");
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "without a history, the loaded rows of a file are those that became the newest, in the ledger") {
    Pipeline p{target, positions()};
    for (const Delivery& file : deliveries())
      load(p, file.name, file.content);
    CHECK(p.rows(k_counts) == Lines{"positions_1.json|2|2|0", "positions_2.json|3|2|1", "positions_3.json|3|1|2",
                                    "positions_4.json|200|7|193"});
    load(p, "positions_5.json", deliveries()[0].content);
    CHECK(p.one("select status from ingest_log where file_name = 'positions_5.json'") == "duplicate");
  }

  TEST_CASE("a user's own table on PostgreSQL keeps its other columns, also in a replay") {
    const store::Target target = fresh_database();
    exec(target, R"(
create table vehicle_position (
  id       bigint not null generated always as identity,
  note     text not null default 'none',
  place    text collate "und-x-icu",
  vehicle  text primary key,
  at       timestamptz,
  shouted  text not null generated always as (coalesce(upper(place), '')) stored
);
insert into vehicle_position (vehicle, note) values ('a', 'mine'), ('z', 'not of longshore');
)");
    Pipeline p{target, positions(k_speed)};
    for (const Delivery& file : deliveries())
      load(p, file.name, file.content);
    const Lines rows = p.rows(
        "select vehicle, note, place, shouted, speed, file_id from vehicle_position where vehicle in ('a', 'c', 'z') "
        "order by vehicle");
    // by bytes "gate" is greater than "Gate", in the collation of the column it is less
    CHECK(rows == Lines{"a|mine|gate|GATE|1.500000|2", "c|none|y|Y|1.500000|3", "z|not of longshore|\\N||\\N|\\N"});

    const Lines ids = p.rows("select vehicle, id from vehicle_position order by vehicle");

    CHECK(replay(p, {1}, p.registry).empty());

    CHECK(p.rows("select vehicle, note, place, shouted, speed, file_id from vehicle_position where vehicle in ('a', "
                 "'c', 'z') order by vehicle") == rows);
    CHECK(p.rows("select vehicle, id from vehicle_position order by vehicle") == ids);
    CHECK(p.rows("select distinct attempt from ingest_log") == Lines{"2"});
    check_ledger(p);
    CHECK(p.run_once() == Exit::ok);
  }

  TEST_CASE("a user's own table on SQLite keeps its other columns, also in a replay") {
    ScratchDirectory directory;
    const store::Target target = sqlite_in(directory);
    exec(target, R"(
create table vehicle_position (
  note    text not null default 'none',
  place   text collate nocase,
  vehicle text primary key,
  at      text,
  shouted text generated always as (upper(place))
);
insert into vehicle_position (vehicle, note) values ('a', 'mine'), ('z', 'not of longshore');
)");
    Pipeline p{target, positions(k_speed)};
    for (const Delivery& file : deliveries())
      load(p, file.name, file.content);
    const char* const sql =
        "select vehicle, note, place, shouted, speed, file_id from vehicle_position where vehicle in ('a', 'c', 'z') "
        "order by vehicle";
    const Lines rows = p.rows(sql);
    CHECK(rows == Lines{"a|mine|gate|GATE|1.500000|2", "c|none|y|Y|1.500000|3", "z|not of longshore|\\N|\\N|\\N|\\N"});
    CHECK(replay(p, {1}, p.registry).empty());
    CHECK(p.rows(sql) == rows);
    CHECK(p.run_once() == Exit::ok);
  }

  TEST_CASE_ON_EACH_STORE("a user's own table with another primary key, or a view, is refused and not changed") {
    Pipeline p{target, positions()};
    const std::string time = target.engine == store::Engine::postgres ? "timestamptz" : "text";
    exec(target, "create table vehicle_position (vehicle text not null, at " + time +
                     " not null, place text, primary key (vehicle, at))");
    CHECK(refusal_of(p).find("the primary key is (\"vehicle\", \"at\"), declared (\"vehicle\")") != std::string::npos);
    exec(target, "drop table vehicle_position; create table vehicle_position (vehicle text primary key, at " + time +
                     ", place text not null)");
    CHECK(refusal_of(p).find("column \"place\" is text not null, declared text") != std::string::npos);
    exec(target, "drop table vehicle_position; create view vehicle_position as select 1 as vehicle");
    CHECK(refusal_of(p).find("names that something else in the database has: vehicle_position (view") !=
          std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("without a history, a replay of any file replays all files of the feed, in one transaction") {
    Pipeline p{target, positions()};
    p.config.batch_files = 2;
    for (const Delivery& file : deliveries())
      load(p, file.name, file.content);
    // a row that was wrong, and one that no file has
    exec(target,
         "update vehicle_position set place = 'wrong' where vehicle = 'a'; insert into vehicle_position (vehicle, "
         "at, place, file_id) values ('gone', '2026-01-01T08:00:00.000000Z', 'x', 1)");
    const Registry wider = positions(k_speed);
    store::migrate(*store::open(target, store::Access::read_write, "longshore/test"), wider);

    CHECK(replay(p, {3}, wider).empty());

    CHECK(p.rows("select vehicle, place, speed from vehicle_position where vehicle in ('a', 'b', 'c', 'gone') order by "
                 "vehicle") == Lines{"a|gate|1.500000", "b|depot|1.500000", "c|y|1.500000"});
    CHECK(p.one("select count(*) from vehicle_position") == "10");
    CHECK(p.rows("select distinct attempt from ingest_log") == Lines{"2"});
    check_ledger(p);
    const auto plan_of = [&](const Ids& ids) {
      const auto session = store::open(target, store::Access::read_write, "longshore/test");
      return admin::Replay{p.config, wider, *session}.plan(ids);
    };
    REQUIRE(plan_of({1, 2}).batches.size() == 1);
    CHECK(plan_of({2}).batches[0].file_ids == Ids{1, 2, 3, 4});
  }

  TEST_CASE_ON_EACH_STORE("without a history, a replay deletes no row of the user, whatever its file_id") {
    Pipeline p{target, positions()};
    load(p, "positions_1.json", position("a", "08", "depot"));
    exec(target,
         "insert into vehicle_position (vehicle, at, file_id) values ('mine', '2026-01-01T08:00:00Z', -1), ('other', "
         "'2026-01-01T08:00:00Z', 77)");
    const Lines before = everything_of(p);

    CHECK_THROWS_WITH_AS(
        replay(p, {1}, p.registry),
        "table \"vehicle_position\" has rows with a negative file_id, which longshore did not write: a "
        "replay would delete them",
        Error);

    CHECK(everything_of(p) == before);
    exec(target, "update vehicle_position set file_id = null where file_id < 0");
    CHECK(replay(p, {1}, p.registry).empty());
    CHECK(p.rows("select vehicle from vehicle_position order by vehicle") == Lines{"a", "mine", "other"});
  }

  TEST_CASE_ON_EACH_STORE("without a history, a dry run of a replay says why it lists the other files") {
    Pipeline p{target, positions()};
    const ScratchDirectory feeds;
    std::ofstream{feeds / "positions.toml"} << positions_toml();
    load(p, "positions_1.json", position("a", "08", "depot"));
    load(p, "positions_2.json", position("b", "08", "depot"));
    const Finished done =
        operate(p, {"replay", "--dry-run", "1", "--feeds", feeds.path(), "--disable-feeds", k_built_in_feeds});
    CHECK_MESSAGE(done.exit == 0, done.err);
    CHECK(column(done, "why") == Lines{"selected", "same feed"});
  }

  TEST_CASE("without a history, a merge may take longer than the statement_timeout of the server") {
    const store::Target target = fresh_database();
    Pipeline p{target, positions()};
    store::migrate(*store::open(target, store::Access::read_write, "longshore/test"), p.registry);
    exec(target, R"(
create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1.2); return new; end $$;
create trigger slow before insert on vehicle_position for each row execute function slow();
do $$ begin execute format('alter database %I set statement_timeout = 1000', current_database()); end $$;
)");
    load(p, "positions_1.json", position("a", "08", "depot"));
    CHECK(p.rows("select status, attempt from ingest_log") == Lines{"loaded|1"});
  }

  TEST_CASE_ON_EACH_STORE("without a history, a replay that lacks one copy changes nothing, and says why") {
    Pipeline p{target, positions()};
    for (const Delivery& file : deliveries())
      load(p, file.name, file.content);
    std::filesystem::remove(p.scratch / p.one("select archive_path from ingest_log where file_id = 2"));
    const Lines before = everything_of(p);

    CHECK_THROWS_WITH_AS(
        replay(p, {1}, p.registry),
        doctest::Contains("file 2 (positions_2.json) cannot be replayed: its archived copy does not exist"), Error);
    CHECK(everything_of(p) == before);

    const auto left_out = replay(p, {1}, p.registry, true);
    CHECK(left_out.size() == 4);
    CHECK(std::ranges::count(left_out,
                             "its feed keeps no history, so all its files are replayed together, and file 2 cannot be "
                             "replayed",
                             &admin::LeftOut::reason) == 3);
    CHECK(everything_of(p) == before);
  }

  TEST_CASE_ON_EACH_STORE("without a history, a file that grew is loaded again with all others of its feed") {
    Pipeline p{target, positions()};
    load(p, "positions_1.json", position("a", "08", "depot"));
    load(p, "positions_2.json", position("a", "09", "gate"));
    std::ofstream{p.scratch / p.one("select archive_path from ingest_log where file_id = 1"), std::ios::app}
        << position("a", "10", "yard");
    CHECK(replay(p, {1}, p.registry, false, admin::Copies::as_grown).empty());
    CHECK(p.rows("select vehicle, place, file_id from vehicle_position") == Lines{"a|yard|1"});
    CHECK(p.rows(k_counts) == Lines{"positions_1.json|2|1|1", "positions_2.json|1|0|1"});
  }

  TEST_CASE_ON_EACH_STORE("without a history, verify finds rows of a file that has not written them") {
    Pipeline p{target, positions()};
    const ScratchDirectory feeds;
    std::ofstream{feeds / "positions.toml"} << positions_toml();
    for (const Delivery& file : deliveries())
      load(p, file.name, file.content);
    const auto verify = [&] {
      return operate(p, {"verify", "--rows", "--feeds", feeds.path(), "--disable-feeds", k_built_in_feeds});
    };
    Finished done = verify();
    CHECK_MESSAGE(done.exit == 0, (done.out + done.err));

    exec(target, "update vehicle_position set file_id = 3");
    done = verify();
    CHECK(done.exit != 0);
    CHECK(column(done, "problem") == Lines{"rows"});
    CHECK_MESSAGE(done.out.find("10 rows in the table; status and rows in the ledger: loaded, 1") != std::string::npos,
                  done.out);
    done = operate(p, {"replay", "3", "--feeds", feeds.path(), "--disable-feeds", k_built_in_feeds});
    CHECK_MESSAGE(done.exit == 0, done.err);
    CHECK(verify().exit == 0);
  }

  TEST_CASE_ON_EACH_STORE("a feed may lose its history, and gets one again only with another latest table") {
    const std::string history = "table = \"positions\"\nkey = [\"vehicle\", \"at\"]\n";
    const auto with_history = [&](std::string toml) { return Registry{{parse_feed(toml, "feeds.d/positions.toml")}}; };
    const Registry kept = with_history(positions_toml("", history));
    const store::Target database = target;
    {
      Pipeline p{database, kept};
      load(p, "positions_1.json", position("a", "08", "depot"));
    }
    {
      Pipeline p{database, positions()};
      load(p, "positions_2.json", position("a", "09", "gate"));
      CHECK(table_of(p) == Lines{"a|2026-01-01T09:00:00.000000Z|gate"});
      CHECK(p.one("select count(*) from positions") == "1");
    }
    Pipeline p{database, kept};
    const std::string hint =
        " | give `table` and `latest` new tables, then: longshore replay --feed positions; or set `history = false` "
        "again";
    const std::string before =
        ": the feed \"positions\" (feeds.d/positions.toml) was declared with `history = false` before";
    CHECK(
        refusal_of(p) ==
        "table \"vehicle_position\" has rows that no history has; table \"positions\" has rows of an earlier history" +
            before + hint);
    std::string other = positions_toml("", history);
    other.replace(other.find("vehicle_position"), 16, "position_now");
    Pipeline same_facts{database, with_history(other)};
    CHECK(refusal_of(same_facts) == "table \"positions\" has rows of an earlier history" + before + hint);
    other.replace(other.find("table = \"positions\""), 19, "table = \"positions_2\"");
    Pipeline again{database, with_history(other)};
    load(again, "positions_3.json", position("a", "10", "yard"));
    CHECK(again.rows("select place from position_now") == Lines{"yard"});
    CHECK(again.one("select count(*) from positions_2") == "1");
  }

  TEST_CASE("without a history, two daemons that load at the same time leave the newest row of each key") {
    const store::Target target = fresh_database();
    Pipeline one{target, positions()};
    Pipeline two{target, positions()};
    const ScratchDirectory feeds;
    std::ofstream{feeds / "positions.toml"} << positions_toml();
    for (Pipeline* p : {&one, &two}) {
      p->config.once = false;
      p->config.feeds = feeds.path();
      p->config.batch_files = 3;
    }
    Running a{one};
    Running b{two};
    for (int i = 0; i < 40; ++i) {
      const std::string hour = std::to_string(100 + i % 24).substr(1);
      Pipeline& p = i % 2 == 0 ? one : two;
      p.drop("positions_" + std::to_string(i) + ".json",
             position("a", hour, std::to_string(100 + i)) + position("b", "08", std::to_string(100 + i)));
    }
    CHECK(eventually([&] { return one.one("select count(*) from ingest_log where status = 'loaded'") == "40"; }));
    CHECK(a.stop() == 0);
    CHECK(b.stop() == 0);
    CHECK(table_of(one) == Lines{"a|2026-01-01T23:00:00.000000Z|123", "b|2026-01-01T08:00:00.000000Z|139"});
    check_ledger(one);
  }
}
