// PgBouncer in transaction mode between the daemon and the server: each transaction may run on another backend.
#include "base/error.hpp"
#include "support/each_store.hpp"
#include "support/pooler.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/rows.hpp"
#include "support/skip.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("system") {
  TEST_CASE("D33: through PgBouncer in transaction mode, each file is loaded once and the time-outs apply") {
    if (pooler_program().empty())
      SKIP("PgBouncer is not installed");
    PostgresServer server;
    server.start();
    const Pooler pooler{server};
    Pipeline p{server.fresh_database()};
    Workload work{p};
    p.config.database = pooler.conninfo(conninfo_value(p.target().location, "dbname"));
    p.config.loaders = 4;
    p.config.batch_files = 4;
    work.drop_small(40);
    work.drop_large(4'000);
    work.drop_large(4'000);
    CHECK(p.run_once() == Exit::ok);
    work.check();

    const store::Target pooled{store::Engine::postgres, p.config.database};
    const auto session = store::open(pooled, store::Access::read_write, "longshore/tests");
    session->exec("discard all");  // like a backend that has not seen this session yet
    session->begin();
    CHECK(store::as_text(session->exec("show lock_timeout").rows[0][0]) == "5s");
    CHECK(store::as_text(session->exec("show statement_timeout").rows[0][0]) == "10min");
    session->rollback();
  }

  TEST_CASE("D33: through PgBouncer, sessions of two feeds on one backend use different temporary tables") {
    if (pooler_program().empty())
      SKIP("PgBouncer is not installed");
    PostgresServer server;
    server.start();
    const Pooler pooler{server, 1};
    const std::string database = conninfo_value(server.fresh_database().location, "dbname");
    const store::Target pooled{store::Engine::postgres, pooler.conninfo(database)};
    const Registry feeds = built_in();
    const auto load = [&](store::Session& session, const RowBatch& batch) {
      store::LoadCounts counts;
      counts.loaded.resize(1);
      const std::vector<std::int64_t> file_ids{1};
      session.begin(store::LoadOrder::ordered);
      session.load(batch, file_ids, counts);
      session.finish_load(batch.feed(), file_ids, counts);
      session.commit();
      CHECK(counts.loaded[0] == 1);
    };
    RowBatch detections{*feeds.find("objects_detection")};
    add_detection(detections, 0, "a", "2026-11-21T10:00:00Z");
    RowBatch reports{*feeds.find("vehicles_status")};
    add_status(reports, 0, "a", "2026-11-21T10:00:00Z", "driving");
    load(*open_migrated(pooled, feeds), detections);
    load(*open_migrated(pooled, feeds), reports);
  }
}
