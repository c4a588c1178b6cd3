#include "store/last_load.hpp"

#include "base/time.hpp"
#include "store/ledger.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

void add(store::Session& session, const std::string& name, store::Status status, std::int64_t finished_at) {
  store::LedgerRow row;
  row.claim = "c";
  row.file_name = name;
  row.feed = "objects_detection";
  row.sha256 = name;
  row.status = status;
  row.finished_at = finished_at;
  store::Ledger{session}.insert_one(row);
}

}  // namespace

TEST_CASE_ON_EACH_STORE("the last load of a feed is its newest loaded or partial file; else its declaration counts") {
  const auto session = open_migrated(target, built_in());
  const auto last = [&] { return store::last_load(*session, "objects_detection"); };
  const std::int64_t minute = 60'000'000;
  const std::int64_t now = now_micros();
  const Expect expect = *parse_expect("15m");
  REQUIRE(last().declared_at);
  CHECK(!last().loaded_at);
  CHECK(!last().is_late(expect, now));
  CHECK(last().is_late(expect, now + 16 * minute));
  CHECK(store::late_text(expect, last()) == "no file was loaded yet, expected is one every 15m");

  const std::int64_t noon = *parse_time("2026-03-01T12:00:00Z").micros;
  add(*session, "1", store::Status::loaded, noon - 60 * minute);
  add(*session, "2", store::Status::partial, noon);
  add(*session, "3", store::Status::failed, noon + minute);
  add(*session, "4", store::Status::duplicate, noon + minute);
  CHECK(last().loaded_at == noon);
  CHECK(last().due(expect) == noon + 15 * minute);
  CHECK(!last().is_late(expect, noon + 15 * minute - 1));
  CHECK(last().is_late(expect, noon + 15 * minute));
  CHECK(store::late_text(expect, last()) == "no file was loaded since 2026-03-01T12:00:00Z, expected is one every 15m");
  CHECK(store::late_text(*parse_expect("daily 06:00"), last()) ==
        "no file was loaded since 2026-03-01T12:00:00Z, expected is one daily 06:00");

  const store::LastLoad unknown = store::last_load(*session, "doors");
  CHECK(!unknown.is_late(expect, now));
}
