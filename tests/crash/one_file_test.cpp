// One file must not delay all the others, whatever it does to the database.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_when = "2022-06-05T21:02:34.546Z";
constexpr const char* k_bad = "objects_detection_poison.json";

void drop_good(Pipeline& p, int number) {
  p.drop("objects_detection_" + std::to_string(number) + ".json", events(event("v" + std::to_string(number), k_when)));
}

std::string loaded(Pipeline& p) { return p.one("select count(*) from ingest_log where status = 'loaded'"); }

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_ON_EACH_STORE("a file that loses the connection at each try does not delay the rest of its batch") {
    Pipeline p{target};
    p.run_once();
    p.config.once = false;
    p.drop(k_bad, events(event("poison", k_when)));
    for (int i = 0; i < 3; ++i)
      drop_good(p, i);
    DaemonProcess daemon{
        p, {.environment = {{"LONGSHORE_FAIL_AT", std::string{"before_decode/"} + k_bad + ":1-100000=disconnected"}}}};
    CHECK(eventually([&] { return loaded(p) == "3"; }, std::chrono::seconds{10}));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE_ON_EACH_STORE("D20: while the database is full for one file only, the other files load") {
    Pipeline p{target};
    p.run_once();
    p.config.once = false;
    p.drop(k_bad, events(event("poison", k_when)));
    DaemonProcess daemon{
        p, {.environment = {{"LONGSHORE_FAIL_AT", std::string{"before_decode/"} + k_bad + ":1-100000=unavailable"}}}};
    REQUIRE(daemon.wait_for_log("files wait"));
    for (int i = 0; i < 3; ++i)
      drop_good(p, i);
    CHECK(eventually([&] { return loaded(p) == "3"; }, std::chrono::seconds{10}));
    CHECK(daemon.stop() == 0);
  }

  // like the OOM killer, or an extension that crashes
  TEST_CASE("D03: a file that crashes the server at each try fails at the retry limit, and the other files load") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    p.run_once();
    p.config.once = false;
    p.config.refusals = 1;
    {
      const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
      session->exec(
          "create function crash() returns trigger language plpgsql as $$ begin if new.vehicle_id = 'poison' then "
          "copy (select 1) to program 'kill -9 $PPID'; end if; return new; end $$");
      session->exec("create trigger crash before insert on detection_events for each row execute function crash()");
    }
    p.drop(k_bad, events(event("poison", k_when)));
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log("files wait"));
    int others = 0;
    CHECK(eventually(
        [&] {
          drop_good(p, ++others);
          std::this_thread::sleep_for(std::chrono::milliseconds{200});
          return p.files("failed").size() == 2;
        },
        std::chrono::minutes{1}));
    CHECK(eventually([&] { return p.files("processed").size() == static_cast<std::size_t>(others); }));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE_ON_EACH_STORE("run --once ends even if each call of the ledger or the archive fails") {
    for (const char* fault : {"before_unrouted:1-100000=transient", "before_commit:1-100000=transient",
                              "before_archive:1-100000=disconnected"}) {
      Pipeline p{fresh_like(target)};
      p.run_once();
      if (std::string{fault}.starts_with("before_unrouted"))
        p.drop("no_feed.txt", "x\n");
      else
        drop_good(p, 1);
      DaemonProcess daemon{p, {.environment = {{"LONGSHORE_FAIL_AT", fault}}}};
      CHECK_MESSAGE(daemon.wait(std::chrono::seconds{10}) == 75, fault);
    }
  }
}
