#include "store/drift.hpp"

#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>
#include <vector>

using namespace longshore;
using namespace longshore::test;
using namespace std::chrono_literals;

TEST_CASE("a member that two daemons find at once is new for one of them") {
  const store::Target target = fresh_database();
  const auto first = open_migrated(target, built_in());
  const auto second = store::open(target, store::Access::read_write, "longshore/tests");
  const store::DriftRow row{"f", "/a", "text", 2, 1, 1, 0, 0};
  first->begin();
  first->exec(R"(
insert into ingest_drift (feed, path, type, records, first_file_id, last_file_id, first_seen, last_seen)
values ('f', '/a', 'text', 3, 1, 1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')
)");
  std::vector<store::DriftRow> added{row};
  std::thread other{[&] { added = store::add_drift(*second, std::vector{row}); }};
  std::this_thread::sleep_for(500ms);  // until it has read the table and waits for the row
  first->commit();
  other.join();
  CHECK(added.empty());
  const auto rows = store::read_drift(*first, "f");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].records == 5);
}
