// The horizon of a feed only rises, and no load commits a row behind it.
#include "store/horizons.hpp"

#include "store/declarations.hpp"
#include "store/ledger.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <future>

using namespace longshore;
using namespace longshore::test;

namespace {

std::int64_t time(const std::string& text) { return *parse_time(text).micros; }

std::int64_t stored(store::Session& session, const Feed& feed) {
  return store::horizon_of(store::read_horizons(session), feed);
}

store::Session::FileBegin begin_lone(store::Session& session, const Feed& feed, const std::string& name,
                                     std::int64_t horizon) {
  store::LedgerRow row;
  row.claim = "claim";
  row.file_name = row.sha256 = name;
  row.feed = feed.name;
  RowBatch window{feed};
  RowMaker{window}.text(name).time("2026-01-01T00:00:00Z").null().to_file(0);
  window.sort();
  return store::Ledger{session}.begin(row, window, horizon);
}

}  // namespace

TEST_SUITE("horizons") {
  TEST_CASE_ON_EACH_STORE("a horizon only rises, and belongs to the column that by names") {
    const Feed feed = readings();
    const auto session = open_migrated(target, registry_of({feed}));
    CHECK(stored(*session, feed) == k_no_horizon);
    CHECK(store::raise_horizon(*session, feed, time("2026-09-02T00:00:00Z")));
    CHECK(store::raise_horizon(*session, feed, time("2026-09-01T00:00:00Z")));
    CHECK(stored(*session, feed) == time("2026-09-02T00:00:00Z"));
    store::set_purged_to(*session, feed, time("2026-09-03T00:00:00Z"));  // not reached yet
    CHECK(!store::read_horizons(*session).at("readings").purged_to);
    store::set_purged_to(*session, feed, time("2026-09-02T00:00:00Z"));
    CHECK(store::raise_horizon(*session, feed, time("2026-09-03T00:00:00Z")));
    CHECK(stored(*session, feed) == time("2026-09-03T00:00:00Z"));
    CHECK(store::read_horizons(*session).at("readings").purged_to == time("2026-09-02T00:00:00Z"));
    const Feed longer = readings("keep = \"91d\"\nby = \"at\"\n");  // not the declaration in force
    store::set_purged_to(*session, longer, time("2026-09-03T00:00:00Z"));
    CHECK_FALSE(session->in_transaction());
    CHECK(store::read_horizons(*session).at("readings").purged_to == time("2026-09-02T00:00:00Z"));

    const Feed other =
        readings("keep = \"90d\"\nby = \"seen\"\n", R"({ name = "seen", from = "/seen", type = "timestamp" },
)");
    CHECK(stored(*session, other) == k_no_horizon);
    CHECK(stored(*session, readings("")) == k_no_horizon);
  }

  TEST_CASE_ON_EACH_STORE("H04: a process with another declaration of the feed raises no horizon") {
    const auto session = open_migrated(target, registry_of({readings()}));
    const Feed shorter = readings("keep = \"1d\"\nby = \"at\"\n");
    CHECK_FALSE(store::raise_horizon(*session, shorter, time("2026-09-02T00:00:00Z")));
    CHECK(stored(*session, shorter) == k_no_horizon);
    CHECK_FALSE(session->in_transaction());
  }

  TEST_CASE_ON_EACH_STORE("begin_load returns the horizons of the database") {
    const Feed feed = readings();
    const auto session = open_migrated(target, registry_of({feed}));
    store::InForce in_force = store::begin_load_with_horizons(*session, store::LoadOrder::straight);
    CHECK(store::is_in_force(in_force.declarations, feed));
    CHECK(store::horizon_of(in_force.horizons, feed) == k_no_horizon);
    session->rollback();
    REQUIRE(store::raise_horizon(*session, feed, time("2026-09-02T00:00:00Z")));
    in_force = store::begin_load_with_horizons(*session, store::LoadOrder::straight);
    CHECK(store::is_in_force(in_force.declarations, feed));
    CHECK(store::horizon_of(in_force.horizons, feed) == time("2026-09-02T00:00:00Z"));
    session->rollback();
  }

  TEST_CASE("H01: PostgreSQL: a horizon rises only when the loads under way have ended, and the next load sees it") {
    const Feed feed = readings();
    const store::Target target = fresh_database();
    const auto loader = open_migrated(target, registry_of({feed}));
    store::begin_load_with_horizons(*loader, store::LoadOrder::straight);
    const auto raiser = store::open(target, store::Access::read_write, "longshore/tests");
    try {  // the load takes longer than it waits
      store::raise_horizon(*raiser, feed, time("2026-09-02T00:00:00Z"));
      FAIL("raised during a load");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::contention);
      raiser->rollback();
    }
    auto raised = std::async(std::launch::async,
                             [&] { return store::raise_horizon(*raiser, feed, time("2026-09-02T00:00:00Z")); });
    loader->exec("insert into readings (sensor, at, record_hash, file_id) values ('a', '2026-01-01T00:00:00Z', 1, 1)");
    CHECK(stored(*loader, feed) == k_no_horizon);
    loader->commit();
    CHECK(raised.get());
    const auto in_force = store::begin_load_with_horizons(*loader, store::LoadOrder::straight);
    CHECK(store::horizon_of(in_force.horizons, feed) == time("2026-09-02T00:00:00Z"));
    loader->rollback();
  }

  TEST_CASE("PostgreSQL: a load of a feed without keep holds no horizon back") {
    const Feed feed = readings();
    const store::Target target = fresh_database();
    const auto loader = open_migrated(target, registry_of({feed}));
    store::begin_load(*loader, store::LoadOrder::straight);
    const auto raiser = store::open(target, store::Access::read_write, "longshore/tests");
    CHECK(store::raise_horizon(*raiser, feed, time("2026-09-02T00:00:00Z")));
    loader->rollback();
  }

  TEST_CASE("PostgreSQL: a lone file that was decoded by a lower horizon is not loaded on its shorter path") {
    const Feed feed = readings_without_latest();
    const store::Target target = fresh_database();
    const auto session = open_migrated(target, registry_of({feed}));
    CHECK(begin_lone(*session, feed, "a", k_no_horizon).file_id);
    session->commit();
    REQUIRE(store::raise_horizon(*session, feed, time("2026-09-02T00:00:00Z")));
    CHECK_FALSE(begin_lone(*session, feed, "b", k_no_horizon).file_id);
    CHECK_FALSE(begin_lone(*session, feed, "b", time("2026-09-01T00:00:00Z")).file_id);
    CHECK(begin_lone(*session, feed, "b", time("2026-09-02T00:00:00Z")).file_id);
    session->commit();
  }

  TEST_CASE("H01: PostgreSQL: a lone file that waited while the horizon rose is not loaded on its shorter path") {
    const Feed feed = readings_without_latest();
    const store::Target target = fresh_database();
    const auto loader = open_migrated(target, registry_of({feed}));
    REQUIRE(begin_lone(*loader, feed, "a", k_no_horizon).file_id);  // prepares the statement
    loader->commit();
    const auto raiser = store::open(target, store::Access::read_write, "longshore/tests");
    raiser->begin();
    raiser->exec("lock table ingest_horizons in access exclusive mode");
    raiser->exec("insert into ingest_horizons (feed, time_column, horizon, raised_at) "
                 "values ('readings', 'at', '2026-09-02T00:00:00Z', now())");
    auto begun = std::async(std::launch::async,
                            [&] { return begin_lone(*loader, feed, "b", k_no_horizon).file_id.has_value(); });
    REQUIRE(eventually(
        [&] { return store::as_int(raiser->exec("select count(*) from pg_locks where not granted").rows[0][0]) > 0; }));
    raiser->commit();
    CHECK_FALSE(begun.get());
    CHECK(store::as_int(loader->exec("select count(*) from readings").rows[0][0]) == 1);
  }

  TEST_CASE_ON_EACH_STORE("the clock is confirmed by a file that was begun one to eight days before") {
    const auto session = open_migrated(target, registry_of({}));
    const std::int64_t now = now_micros();
    const auto add = [&](std::int64_t started_at) {
      session->exec("delete from ingest_log");
      session->exec("insert into ingest_log (file_name, status, started_at) values ('x', 'unrouted', $1)",
                    {format_time(started_at)});
      return store::is_confirmed_by_ledger(*session, now);
    };
    CHECK_FALSE(store::is_confirmed_by_ledger(*session, now));
    CHECK_FALSE(add(now));
    CHECK(add(now - k_micros_a_day - 1));
    CHECK(add(now - 8 * k_micros_a_day));
    CHECK_FALSE(add(now - 9 * k_micros_a_day));
    CHECK_FALSE(add(now + 2 * k_micros_a_day));
  }
}
