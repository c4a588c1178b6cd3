// keep_ledger: rejected records of old files are deleted, and nothing that a later load, verify or replay needs.
#include "base/error.hpp"
#include "housekeeping/keeping.hpp"
#include "housekeeping/steps.hpp"
#include "store/preflight.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string with_reject(const std::string& vehicle) { return events(event(vehicle, k_time) + ",{}"); }

}  // namespace

TEST_SUITE("housekeeping") {
  TEST_CASE_ON_EACH_STORE("rejects of files older than keep_ledger are deleted; the rest of the ledger stays") {
    Pipeline p{target};
    p.drop(routed("1"), with_reject("a"));
    p.run_once();
    p.drop(routed("2"), events(event("a", k_time) + ",{},{}"));
    p.run_once();
    make_old(p);
    p.drop(routed("3"), with_reject("b"));
    p.run_once();
    const Words ledger = p.rows("select * from ingest_log order by file_id");
    const Words overlaps = p.rows("select * from ingest_overlap order by 1, 2");
    CHECK(overlaps.size() == 1);
    p.config.keep_ledger = std::chrono::hours{24 * 400};

    p.run_once();

    CHECK(p.rows("select distinct file_id from ingest_rejects") == Words{"3"});
    CHECK(p.one("select task, state, result from ingest_task_runs") ==
          R"(thin_ledger|succeeded|{"files":0,"bytes":0,"rows":12})");
    CHECK(p.rows("select * from ingest_log order by file_id") == ledger);
    CHECK(p.rows("select * from ingest_overlap order by 1, 2") == overlaps);
    check_verify(p);
    CHECK(operate(p, {"rejects", "1", "--export"}).out == operate(p, {"rejects", "3", "--export"}).out);
    CHECK(operate(p, {"replay", "1"}).exit == 0);
    CHECK(p.rows("select distinct file_id from ingest_rejects order by 1") == Words{"1", "2", "3"});
    check_verify(p);
    p.run_once();  // a replay makes them young again
    CHECK(p.rows("select distinct file_id from ingest_rejects order by 1") == Words{"1", "2", "3"});
  }

  TEST_CASE("the start names the missing right to delete rejected records, if keep_ledger is set") {
    Pipeline p{fresh_database()};
    p.run_once();
    const auto admin = store::open(p.target(), store::Access::read_write, "longshore/tests");
    const std::string role = "keeper_of_" + conninfo_value(p.target().location, "dbname");
    admin->exec("create role " + role + " login");
    admin->exec("grant select, insert, update on all tables in schema public to " + role);
    admin->exec("grant usage on all sequences in schema public to " + role);
    p.config.keep_ledger = std::chrono::hours{24};
    store::Target as_role = p.target();
    as_role.location += " user=" + role;
    const auto session = store::open(as_role, store::Access::read_write, "longshore/tests");
    CHECK_NOTHROW(store::preflight(*session, p.registry));
    const auto tables = housekeeping::tables_to_delete_from(p.config);
    CHECK_THROWS_WITH_AS(store::preflight(*session, p.registry, store::Creator::this_role, tables),
                         ("database: the role \"" + role + "\" lacks delete on ingest_rejects").c_str(), Error);
    admin->exec("grant delete on ingest_rejects to " + role);
    CHECK_NOTHROW(store::preflight(*session, p.registry, store::Creator::this_role, tables));
  }
}
