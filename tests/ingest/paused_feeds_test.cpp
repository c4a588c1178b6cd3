// Another process has declared a feed differently: only that feed waits.
#include "ingest/paused_feeds.hpp"

#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_doors = R"(
name    = "doors"
files   = ["doors_*.json"]
records = [""]
table   = "doors"
key     = ["door"]
columns = [{ name = "door", from = "/door", type = "integer" }]
)";

constexpr const char* k_wider_doors = R"(
name    = "doors"
files   = ["doors_*.json"]
records = [""]
table   = "doors"
key     = ["door"]
columns = [
  { name = "door", from = "/door", type = "integer" },
  { name = "note", from = "/note", type = "text", required = false },
]
)";

Registry with_doors(const char* declaration) {
  const Registry shipped = built_in();
  std::vector<Feed> feeds{shipped.feeds().begin(), shipped.feeds().end()};
  feeds.push_back(parse_feed(declaration, "/b/doors.toml"));
  return Registry{std::move(feeds)};
}

void declare_elsewhere(const Pipeline& p) {
  const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
  store::migrate(*session, with_doors(k_wider_doors), embedded_migrations(), "instance b on host-2");
}

// As if another process declared the feed right after each start of this one.
void redeclare_after_each_start(const Pipeline& p) {
  const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
  if (session->engine() == store::Engine::postgres)
    session->exec_script(R"(
create function other_declaration() returns trigger language plpgsql as
  $$ begin new.declaration = 'other'; return new; end $$;
create trigger redeclare before update on ingest_feeds
  for each row when (new.feed = 'doors') execute function other_declaration();
)");
  else
    session->exec_script(R"(
create trigger redeclare after update on ingest_feeds when new.feed = 'doors' and new.declaration <> 'other'
begin
  update ingest_feeds set declaration = 'other' where feed = 'doors';
end
)");
}

void stop_redeclaring(const Pipeline& p) {
  const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
  session->exec_script(session->engine() == store::Engine::postgres ? "drop trigger redeclare on ingest_feeds"
                                                                    : "drop trigger redeclare");
}

}  // namespace

TEST_SUITE("paused feeds") {
  TEST_CASE_ON_EACH_STORE(
      "a run with another declaration leaves the files of that feed, loads the others, and says why") {
    struct Shape {
      int doors;
      std::uint64_t large_file;
    };
    for (const Shape shape : {Shape{1, 4'194'304}, Shape{3, 4'194'304}, Shape{1, 5}}) {
      CAPTURE(shape.doors);
      CAPTURE(shape.large_file);
      Pipeline p{fresh_like(target), with_doors(k_doors)};
      p.config.large_file = shape.large_file;
      REQUIRE(p.run_once() == Exit::ok);
      declare_elsewhere(p);
      p.config.migrate = "check";
      for (int i = 0; i < shape.doors; ++i)
        p.drop("doors_" + std::to_string(i) + ".json", "[{\"door\":" + std::to_string(i) + "}]");
      CHECK_THROWS_WITH_AS(p.run_once(), "the database lacks this declaration of feed \"doors\"", Error);

      p.config.migrate = "auto";
      redeclare_after_each_start(p);
      CHECK(p.run_once() == Exit::left_over);
      CHECK(p.files("landing").size() == static_cast<std::size_t>(shape.doors));
      CHECK(p.one("select count(*) from ingest_log where status <> 'loading'") == "0");

      p.drop("objects_detection_1.json", events(event("v", k_time)));
      p.drop("objects_detection_2.json", events(event("w", k_time)));
      CHECK(p.run_once() == Exit::left_over);
      CHECK(p.one("select count(*) from detection_events") == "2");
      CHECK(p.one("select count(*) from doors") == "0");

      stop_redeclaring(p);
      CHECK(p.run_once() == Exit::ok);
      CHECK(p.one("select count(*) from doors") == std::to_string(shape.doors));
      CHECK(p.rows("select distinct status, attempt from ingest_log") == std::vector<std::string>{"loaded|1"});
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "a daemon pauses a feed that was declared elsewhere, with one warning, until it is reloaded") {
    Pipeline p{target};
    p.config.once = false;
    const std::string feeds = (p.scratch.path() / "feeds.d").string();
    std::filesystem::create_directory(feeds);
    write_file(feeds + "/doors.toml", k_doors);
    Running daemon{p, {.words = {"--feeds", feeds}}};
    p.drop("doors_1.json", "[{\"door\":1}]");
    REQUIRE(eventually([&] { return p.files("processed").size() == 1; }));

    declare_elsewhere(p);
    p.drop("doors_2.json", "[{\"door\":2}]");
    REQUIRE(
        daemon.wait_for_log("feed \"doors\" is paused until a reload: this process has its declaration from " + feeds +
                            "/doors.toml, the database has another one from /b/doors.toml, declared by instance b on "
                            "host-2 at "));
    for (int i = 3; i < 6; ++i)
      p.drop("doors_" + std::to_string(i) + ".json", "[{\"door\":" + std::to_string(i) + "}]");
    p.drop(routed("1"), document("a"));
    CHECK(eventually([&] { return p.files("processed").size() == 2; }));
    CHECK(p.one("select count(*) from doors") == "1");
    CHECK(p.files("landing").size() == 4);
    const std::string log = daemon.log();
    CHECK(log.find("is paused", log.find("is paused") + 1) == std::string::npos);

    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return p.files("processed").size() == 6; }));
    CHECK(p.one("select count(*) from doors") == "5");
    CHECK(p.rows("select distinct attempt from ingest_log") == std::vector<std::string>{"1"});
    CHECK(daemon.stop() == 0);
  }
}
