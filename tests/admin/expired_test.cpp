// Replays and verify, after rows of a feed with `keep` have gone.
#include "admin/replaying.hpp"
#include "cli/operating.hpp"
#include "store/migrate.hpp"
#include "store/row_purge.hpp"
#include "support/each_store.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_ledger =
    "select file_id, status, attempt, records, rows_loaded, rows_duplicate, rows_rejected, rows_purged from ingest_log "
    "where feed is not null order by 1";

// Three files with rows of 100 and 10 days ago; the second shares both with the first. The old rows have gone.
void load_and_purge(Pipeline& p) {
  load(p, "readings_1", reading_list(reading("a", 100, 1) + "," + reading("b", 10, 1)));
  load(p, "readings_2", reading_list(reading("a", 100, 1) + "," + reading("b", 10, 1) + "," + reading("c", 100, 2)));
  load(p, "readings_3", reading_list(reading("d", 10, 3)));
  const Feed& feed = p.registry.feeds()[0];
  set_horizon(p.target(), feed, 90);
  const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
  const auto purge = store::begin_row_purge(*session, feed, *parse_time(midnight(90)).micros);
  while (purge->next() == store::PurgeStep::more) {
  }
  REQUIRE(purge->rows() == 2);
}

// The program needs the declaration as a file.
void write_feeds(Pipeline& p, const std::string& options) {
  p.config.feeds = p.scratch / "feeds";
  std::filesystem::create_directory(p.config.feeds);
  write_file(p.config.feeds + "/readings.toml", readings_toml(options));
}

Finished verify(const Pipeline& p) {
  return operate(p, {"verify", "--rows", "--feed", "readings", "--feeds", p.config.feeds});
}

}  // namespace

TEST_SUITE("expired rows") {
  TEST_CASE_ON_EACH_STORE("H02: a replay brings no expired row back, and the counts agree") {
    Pipeline p{target, registry_of({readings()})};
    load_and_purge(p);
    CHECK(p.rows(k_ledger) == Lines{"1|loaded|1|2|2|0|0|1", "2|loaded|1|3|1|2|0|1", "3|loaded|1|1|1|0|0|\\N"});
    const Lines latest = p.rows("select * from reading order by 1");
    replay(p, {1, 3}, p.registry);  // and 2, which shares rows with 1
    CHECK(p.rows(k_ledger) == Lines{"1|partial|2|2|1|0|1|\\N", "2|partial|2|3|0|1|2|\\N", "3|loaded|2|1|1|0|0|\\N"});
    CHECK(p.rows("select sensor, file_id from readings order by 1") == Lines{"b|1", "d|3"});
    CHECK(p.rows("select file_id, record_no, code from ingest_rejects order by 1, 2") ==
          Lines{"1|1|expired", "2|1|expired", "2|3|expired"});
    CHECK(p.rows("select * from reading order by 1") == latest);
    p.check_books();
    replay(p, {2}, p.registry);  // again, with nothing left to remove
    CHECK(p.rows(k_ledger)[1] == "2|partial|3|3|0|1|2|\\N");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("H02: rows behind the horizon that the purge has not reached go in a replay, too") {
    Pipeline p{target, registry_of({readings()})};
    load(p, "readings_1", reading_list(reading("a", 100, 1) + "," + reading("a", 10, 2) + "," + reading("b", 100, 1)));
    set_horizon(p.target(), p.registry.feeds()[0], 90);
    replay(p, {1}, p.registry);
    CHECK(p.rows(k_ledger) == Lines{"1|partial|2|3|1|0|2|\\N"});
    CHECK(p.rows("select sensor, value from readings") == Lines{"a|2"});
    CHECK(p.rows("select sensor, value from reading order by 1") == Lines{"a|2", "b|1"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("H02: a record whose row has gone is no row again when it comes in a new file") {
    Pipeline p{target, registry_of({readings()})};
    load_and_purge(p);
    load(p, "readings_4", reading_list(reading("a", 100, 1) + "," + reading("e", 1, 4)));
    CHECK(p.rows("select sensor from readings order by 1") == Lines{"b", "d", "e"});
    CHECK(p.rows(k_ledger)[3] == "4|partial|1|2|1|0|1|\\N");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "H07: latest rows behind the horizon stay in a replay of their file under a new declaration") {
    Pipeline p{target, registry_of({readings()})};
    load_and_purge(p);
    const Registry other =
        registry_of({readings(k_keep_90_days, R"(  { name = "unit", from = "/unit", type = "text", required = false },
)")});
    store::migrate(*store::open(target, store::Access::read_write, "longshore/tests"), other);
    replay(p, {1, 2, 3}, other);
    CHECK(p.rows("select sensor, value from reading order by 1") == Lines{"a|1", "b|1", "c|2", "d|3"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("verify takes removed rows and old latest rows for right, before and after a replay") {
    Pipeline p{target, registry_of({readings()})};
    load_and_purge(p);
    write_feeds(p, k_keep_90_days + k_latest);
    CHECK(verify(p).err == "no differences\n");
    replay(p, {1}, p.registry);
    CHECK(verify(p).err == "no differences\n");

    const auto session = store::open(target, store::Access::read_write, "longshore/tests");
    session->exec("delete from readings where sensor = 'd'");
    session->exec("update ingest_log set rows_purged = 7 where file_id = 2");
    session->exec("update reading set value = 8 where sensor = 'b'");
    const Finished found = verify(p);
    CHECK(found.exit == 65);
    CHECK(column(found, "problem") == Lines{"rows", "rows", "latest", "latest"});
    CHECK(column(found, "detail")[0] ==
          "0 rows in the table; status and rows in the ledger: partial, -7 and 7 behind the horizon");
    CHECK(column(found, "detail")[2].starts_with("not the newest row of the history, for the key: b"));
  }

  TEST_CASE_ON_EACH_STORE("without keep the horizon is not in force: a replay brings the rows back") {
    Pipeline p{target, registry_of({readings()})};
    load_and_purge(p);
    const Registry forever = registry_of({readings("")});
    store::migrate(*store::open(target, store::Access::read_write, "longshore/tests"), forever);
    write_feeds(p, k_latest);
    CHECK(verify(p).err == "no differences\n");
    replay(p, {1, 2}, forever);
    CHECK(p.rows(k_ledger) == Lines{"1|loaded|2|2|2|0|0|\\N", "2|loaded|2|3|1|2|0|\\N", "3|loaded|1|1|1|0|0|\\N"});
    CHECK(verify(p).err == "no differences\n");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("status, feeds, config check and log show what a feed keeps") {
    Pipeline p{target, registry_of({readings()})};
    load_and_purge(p);
    write_feeds(p, k_keep_90_days + k_latest);
    const auto operate_with_feeds = [&](std::vector<std::string> words) {
      words.insert(words.end(), {"--feeds", p.config.feeds});
      return run_longshore(words).out;
    };
    const auto has = [](const std::string& text, const std::string& part) {
      CHECK_MESSAGE(text.find(part) != std::string::npos, text);
    };
    const std::string status = operate(p, {"status", "--json", "--feeds", p.config.feeds}).out;
    has(status, "\"keeping\":[{\"feed\":\"readings\",\"keep\":\"90d\",\"by\":\"at\",\"horizon\":\"" + midnight(90) +
                    "\",\"purged_to\":\"\"}]");
    has(operate(p, {"status", "--feeds", p.config.feeds}).out, "horizon\treadings\t\t" + midnight(90));
    has(operate_with_feeds({"feeds"}), "90d by at");
    has(operate_with_feeds({"feeds", "readings"}),
        "keep     90d by at: older rows are removed, older records are rejected");
    has(operate_with_feeds({"config", "check"}), "feed readings keeps rows for 90d by at\n");
    has(run_longshore({"log", "--json", "--database", p.config.database}).out, "\"rows_purged\":1");
  }

  TEST_CASE("check measures records by the horizon that the feed has today") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    write_feeds(p, k_keep_90_days);
    write_file(p.scratch / "readings_1", reading_list(reading("a", 100) + "," + reading("b", 80)));
    const Finished checked = run_longshore({"check", p.scratch / "readings_1", "--feeds", p.config.feeds});
    CHECK_MESSAGE(checked.out.find("1 rows, 1 rejects") != std::string::npos, checked.out);
    CHECK_MESSAGE(checked.out.find("is before the horizon of the feed") != std::string::npos, checked.out);
  }
}
