// A file that comes alone takes a shorter path on PostgreSQL. The result is the same.
#include "decode/decoding.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

namespace {

struct OneByOne {
  explicit OneByOne(const store::Target& target) : p(target) {}
  void load(const std::string& number, const std::string& records) {
    p.drop("objects_detection_" + number + ".json", events(records));
    p.run_once();
  }
  std::vector<std::string> ledger() {
    return p.rows(
        "select file_id, status, rows_loaded, rows_duplicate, rows_rejected from ingest_log order by file_id");
  }
  Pipeline p;
};

}  // namespace

TEST_CASE_ON_EACH_STORE("rows of a lone file that an earlier file loaded are counted as duplicates") {
  OneByOne t{target};
  t.load("1", event("a", k_time));
  t.load("2", event("a", k_time) + "," + event("b", k_time));
  t.load("3", event("c", k_time));
  CHECK(t.ledger() == std::vector<std::string>{"1|loaded|1|0|0", "2|loaded|1|1|0", "3|loaded|1|0|0"});
  CHECK(t.p.rows("select file_id, holder_file_id, rows from ingest_overlap") == std::vector<std::string>{"2|1|1"});
  t.p.check_books();
}

TEST_CASE_ON_EACH_STORE("a lone file with known content is a duplicate and leaves no gap in the file_id column") {
  OneByOne t{target};
  t.load("1", event("a", k_time));
  t.load("2", event("a", k_time));
  t.load("3", event("b", k_time));
  CHECK(t.ledger() == std::vector<std::string>{"1|loaded|1|0|0", "2|duplicate|0|0|0", "3|loaded|1|0|0"});
  t.p.check_books();
}

TEST_CASE_ON_EACH_STORE(
    "lone files that repeat their own records, have rejects, or have only rejects, take the normal path") {
  OneByOne t{target};
  t.load("1", event("a", k_time) + "," + event("a", k_time));
  t.load("2", event("b", k_time) + "," + event("c", "yesterday"));
  t.load("3", event("d", "yesterday"));
  CHECK(t.ledger() == std::vector<std::string>{"1|loaded|1|1|0", "2|partial|1|0|1", "3|failed|0|0|1"});
  t.p.check_books();
}

TEST_CASE("a trigger that silently drops rows makes a lone file fail before COMMIT, and no row remains") {
  OneByOne t{fresh_database()};
  t.p.config.refusals = 2;
  t.p.config.retry_first = t.p.config.retry_last = std::chrono::milliseconds{1};
  t.p.run_once();
  store::open(t.p.target(), store::Access::read_write, "longshore/test")->exec_script(R"(
create function drop_row() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger drop_row before insert on detection_events for each row when (new.vehicle_id = 'b') execute function drop_row())");
  t.load("1", event("a", k_time) + "," + event("b", k_time));
  CHECK(t.p.one("select status from ingest_log") == "failed");
  CHECK(t.p.one("select error from ingest_log").find("COPY took 1 of 2 rows") != std::string::npos);
  CHECK(t.p.one("select count(*) from detection_events") == "0");
  t.p.check_books();
}

TEST_CASE("a lone file is loaded although the server lost its prepared statements") {
  OneByOne t{fresh_database()};
  t.p.run_once();
  store::open(t.p.target(), store::Access::read_write, "longshore/test")->exec_script(R"(
create function forget() returns trigger language plpgsql as $$ begin deallocate all; return null; end $$;
create trigger forget after insert on detection_events for each statement execute function forget())");
  t.p.config.batch_files = 1;
  t.p.drop("objects_detection_1.json", events(event("a", k_time)));
  t.p.drop("objects_detection_2.json", events(event("b", k_time)));
  t.p.drop("objects_detection_3.json", events(event("c", k_time)));
  CHECK(t.p.run_once() == Exit::ok);
  CHECK(t.p.one("select count(*) from detection_events") == "3");
  t.p.check_books();
}
