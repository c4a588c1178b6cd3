// Loads of a feed whose horizon has risen: records behind it are rejects, whichever way their file takes.
#include "ingest/known_horizons.hpp"

#include "admin/replay.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/postgres_server.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* k_ledger =
    "select file_name, status, attempt, records, rows_loaded, rows_duplicate, rows_rejected from ingest_log "
    "where feed is not null order by 1";
constexpr const char* k_rows = "select sensor, value from readings order by 1, 2";

void write_feeds(Pipeline& p, const std::string& declaration) {
  p.config.feeds = p.scratch / "feeds";
  std::filesystem::create_directory(p.config.feeds);
  write_file(p.config.feeds + "/readings.toml", declaration);
}

// A database with the tables of the feed, and a horizon of 90 days.
void raise(Pipeline& p, const Feed& feed, int age_in_days = 90) {
  REQUIRE(p.run_once() == Exit::ok);
  set_horizon(p.target(), feed, age_in_days);
}

}  // namespace

TEST_SUITE("horizon") {
  TEST_CASE_ON_EACH_STORE(
      "H02: records behind the horizon are rejects: of a lone file, of a batch and of a large file") {
    struct Shape {
      bool has_latest;
      std::uint64_t large_file;
      int files;
    };
    for (const Shape shape : {Shape{false, 4'194'304, 1}, Shape{true, 4'194'304, 3}, Shape{true, 10, 2}}) {
      CAPTURE(shape.files);
      const Feed feed = shape.has_latest ? readings() : readings_without_latest();
      Pipeline p{fresh_like(target), registry_of({feed})};
      p.config.large_file = shape.large_file;
      raise(p, feed);
      Lines wanted;
      for (int i = 0; i < shape.files; ++i) {
        const std::string name = "readings_" + std::to_string(i);
        const std::string sensor = "s" + std::to_string(i);
        p.drop(name, reading_list(reading(sensor, 100, 1) + "," + reading(sensor, 80, 2)));
        wanted.push_back(name + "|partial|1|2|1|0|1");
      }
      CHECK(p.run_once() == Exit::ok);
      CHECK(p.rows(k_ledger) == wanted);
      CHECK(p.one("select count(*) from readings") == std::to_string(shape.files));
      CHECK(p.rows("select distinct field, code, reason from ingest_rejects") ==
            Lines{"at|expired|is before the horizon of the feed"});
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("a file of which all records are behind the horizon is archived as partial, without a row") {
    Pipeline p{target, registry_of({readings()})};
    raise(p, readings());
    p.drop("readings_1", reading_list(reading("a", 100) + "," + reading("b", 200)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows(k_ledger) == Lines{"readings_1|partial|1|2|0|0|2"});
    CHECK(p.rows("select * from readings").empty());
    CHECK(p.rows("select * from reading").empty());
    CHECK(p.files("failed").empty());
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a record behind the horizon does not become the latest row, and does not replace one") {
    Pipeline p{target, registry_of({readings()})};
    p.drop("readings_1", reading_list(reading("a", 100, 1)));
    REQUIRE(p.run_once() == Exit::ok);
    set_horizon(target, readings(), 90);
    p.drop("readings_2", reading_list(reading("a", 95, 2) + "," + reading("b", 95, 2) + "," + reading("c", 5, 2)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select sensor, value from reading order by 1") == Lines{"a|1", "c|2"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("H01: a daemon that was not reloaded obeys a horizon that rises while it runs") {
    Pipeline p{target, registry_of({readings_without_latest()})};
    write_feeds(p, readings_toml(k_keep_90_days));
    Running daemon{p};
    const auto load = [&](const std::string& name, const std::string& records) {
      p.drop(name, records);
      REQUIRE(eventually([&] {
        return p.rows("select 1 from ingest_log where status <> 'loading' and file_name = '" + name + "'").size() == 1;
      }));
    };
    load("readings_1", reading_list(reading("a", 100)));
    load("readings_2", reading_list(reading("a", 99)));  // with known statements, also on the shorter path
    set_horizon(target, p.registry.feeds()[0], 90);
    load("readings_3", reading_list(reading("a", 98)));
    load("readings_4", reading_list(reading("a", 97) + "," + reading("a", 1)));
    load("readings_5", reading_list(reading("a", 2)));
    set_horizon(target, p.registry.feeds()[0], 80);
    load("readings_6", reading_list(reading("a", 85) + "," + reading("a", 3)));
    CHECK(daemon.stop() == 0);
    CHECK(p.rows(k_ledger) == Lines{"readings_1|loaded|1|1|1|0|0", "readings_2|loaded|1|1|1|0|0",
                                    "readings_3|partial|1|1|0|0|1", "readings_4|partial|1|2|1|0|1",
                                    "readings_5|loaded|1|1|1|0|0", "readings_6|partial|1|2|1|0|1"});
    CHECK(daemon.log().find("warn") == std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("a known content and a bad file of a feed with a horizon have their usual outcome") {
    Pipeline p{target, registry_of({readings()})};
    raise(p, readings());
    p.drop("readings_1", reading_list(reading("a", 1)));
    CHECK(p.run_once() == Exit::ok);
    p.drop("readings_2", reading_list(reading("a", 1)));
    p.drop("readings_3", "[oops]");
    p.drop("readings_4", reading_list(reading("a", 100)));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.rows("select file_name, status, rows_loaded from ingest_log order by 1") ==
          Lines{"readings_1|loaded|1", "readings_2|duplicate|0", "readings_3|failed|0", "readings_4|partial|0"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("an operator who lowers a horizon by hand is obeyed at once") {
    Pipeline p{target, registry_of({readings()})};
    raise(p, readings());
    p.drop("readings_1", reading_list(reading("a", 100)));
    CHECK(p.run_once() == Exit::ok);
    store::open(target, store::Access::read_write, "longshore/tests")->exec("delete from ingest_horizons");
    p.drop("readings_2", reading_list(reading("b", 100)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows(k_rows) == Lines{"b|1"});
  }

  TEST_CASE_ON_EACH_STORE("H01: a load that has begun holds the horizon back, and commits before it rises") {
    Pipeline p{target, registry_of({readings()})};
    raise(p, readings(), 200);
    write_feeds(p, readings_toml(k_keep_90_days + k_latest));
    p.drop("readings_1", reading_list(reading("a", 100, 1) + "," + reading("a", 10, 2)));
    const std::string halt = p.scratch / "halt";
    Running daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", "after_record:1=wait"}, {"LONGSHORE_WAIT", halt}}}};
    REQUIRE(eventually([&] { return std::filesystem::exists(halt); }));
    const auto session = store::open(target, store::Access::read_write, "longshore/tests");
    CHECK_THROWS_AS(store::raise_horizon(*session, readings(), days_ago(90)), Error);
    session->rollback();
    CHECK(p.rows("select * from readings").empty());
    std::filesystem::remove(halt);
    REQUIRE(all_settled(p, 1));
    CHECK(store::raise_horizon(*session, readings(), days_ago(90)));
    CHECK(daemon.stop() == 0);
    CHECK(p.rows(k_ledger) == Lines{"readings_1|loaded|1|2|2|0|0"});
    CHECK(p.rows(k_rows) == Lines{"a|1", "a|2"});  // the purge has them next
  }

  TEST_CASE_ON_EACH_STORE(
      "H01: a load that has decoded when the horizon rises decodes again, and nothing counts against it") {
    struct Shape {
      std::string latest;
      std::string point;
      int files;
    };
    for (const Shape& shape :
         {Shape{"", "before_load", 1}, Shape{k_latest, "before_begin", 1}, Shape{k_latest, "before_begin", 3}}) {
      CAPTURE(shape.point);
      const store::Target own = fresh_like(target);
      if (own.engine == store::Engine::sqlite && shape.point == "before_load")
        continue;  // there it has the write lock by then
      const Feed feed = parse_feed(readings_toml(k_keep_90_days + shape.latest), "feeds.d/readings.toml");
      Pipeline p{own, registry_of({feed})};
      raise(p, feed, 200);
      write_feeds(p, readings_toml(k_keep_90_days + shape.latest));
      p.config.loaders = 1;  // else one loads while the other waits
      // loads once, so that the daemon knows the horizon
      const std::string halt = p.scratch / "halt";
      Running daemon{p, {.environment = {{"LONGSHORE_CRASH_AT", shape.point + ":3=wait"}, {"LONGSHORE_WAIT", halt}}}};
      p.drop("readings_0", reading_list(reading("first", 10)));
      REQUIRE(all_settled(p, 1));
      for (int i = 1; i <= shape.files; ++i)
        p.drop("readings_" + std::to_string(i),
               reading_list(reading("s" + std::to_string(i), 100) + "," + reading("s" + std::to_string(i), 10)));
      REQUIRE(eventually([&] { return std::filesystem::exists(halt); }));
      set_horizon(own, feed, 90);
      std::filesystem::remove(halt);
      REQUIRE(all_settled(p, static_cast<std::size_t>(1 + shape.files)));
      CHECK(daemon.stop() == 0);
      CHECK(p.rows("select status, attempt, rows_loaded, rows_rejected from ingest_log where file_name <> 'readings_0' "
                   "group by 1, 2, 3, 4") == Lines{"partial|1|1|1"});
      CHECK(p.one("select count(*) from readings where sensor <> 'first'") == std::to_string(shape.files));
      p.check_books();
    }
  }

  TEST_CASE("PostgreSQL: loads of a feed without keep send no statement about horizons") {
    PostgresServer server{{"log_statement=all"}};
    server.start();
    Pipeline p{server.fresh_database(), registry_of({readings("")})};
    p.config.large_file = 1000;
    REQUIRE(p.run_once() == Exit::ok);
    const std::size_t before = server.log().size();
    p.drop("readings_lone", reading_list(reading("a", 100)));
    REQUIRE(p.run_once() == Exit::ok);
    std::string many;
    for (int i = 0; i < 50; ++i)
      many += (many.empty() ? "" : ",") + reading("s" + std::to_string(i), 100);
    p.drop("readings_large", reading_list(many));
    p.drop("readings_1", reading_list(reading("b", 100)));
    p.drop("readings_2", reading_list(reading("c", 100)));
    REQUIRE(p.run_once() == Exit::ok);
    const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
    admin::Replay{p.config, p.registry, *session}.run(std::vector<std::int64_t>{1, 2}, false);
    const std::string log = server.log().substr(before);
    CHECK(log.find("from ingest_feeds") != std::string::npos);
    CHECK(log.find("horizon") == std::string::npos);
    CHECK(p.one("select count(*) from readings") == "53");
    p.check_books();
  }
}
