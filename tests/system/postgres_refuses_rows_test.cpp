// A constraint or trigger of the administrator rejects some rows: only the files with such rows fail, with the reason.
#include "decode/decoding.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

// Drops ten small files and a large one that are accepted, and three small ones and a large one that are rejected.
void check_refusal(const std::string& rule, const std::string& reason) {
  Pipeline p{fresh_database()};
  Workload work{p};
  REQUIRE(p.run_once() == Exit::ok);
  store::open(p.target(), store::Access::read_write, "longshore/tests")->exec_script(rule);
  work.drop_small(10);
  work.drop_large(2'000);
  for (const char* name : {"objects_detection_x1.json", "objects_detection_x2.json", "objects_detection_x3.json"})
    p.drop(name, events(event(name, k_time) + "," +
                        event(std::string{name} + "!", k_time, R"([{"object_type":"cars","object_value":7}])")));
  std::string many;
  for (int i = 0; i < 2'000; ++i)
    many += event("w" + std::to_string(i), k_time) + ",";
  p.drop("objects_detection_x4.json",
         events(many + event("w", k_time, R"([{"object_type":"cars","object_value":7}])")));
  p.drop("vehicles_status_accepted.json", statuses(status("accepted", k_time, "driving")));

  CHECK(p.run_once() == Exit::bad_data);
  CHECK(p.rows("select file_name, status, rows_loaded from ingest_log where file_name like '%x%' order by 1") ==
        std::vector<std::string>{"objects_detection_x1.json|failed|0", "objects_detection_x2.json|failed|0",
                                 "objects_detection_x3.json|failed|0", "objects_detection_x4.json|failed|0"});
  for (const std::string& error : p.rows("select error from ingest_log where status = 'failed'"))
    CHECK_MESSAGE(error.find(reason) != std::string::npos, error);
  CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "12");
  CHECK(p.one("select count(*) from detection_events") == std::to_string(5 * 3 + 2'000));
  CHECK(p.one("select count(*) from vehicle_status") == std::to_string(5 * 3 + 1));
  CHECK(p.files("failed").size() == 8);  // four files, each with its reason
  CHECK(p.files("landing").empty());
  p.check_books();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D27: a CHECK that rejects a row fails only the files with such a row") {
    check_refusal("alter table detection_events add constraint no_seven check (7 <> all (object_values)) not valid",
                  "no_seven");
  }

  TEST_CASE("D27: a trigger that rejects a row fails only the files with such a row") {
    check_refusal(R"(
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception 'sevens are not wanted' using errcode = '23514';
end $$;
create trigger refuse before insert on detection_events for each row when (7 = any (new.object_values)) execute function refuse();
)",
                  "sevens are not wanted");
  }

  TEST_CASE("D27: a trigger that raises P0001 fails only the files with such a row") {
    check_refusal(R"(
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception 'sevens are not wanted';
end $$;
create trigger refuse before insert on detection_events for each row when (7 = any (new.object_values)) execute function refuse();
)",
                  "sevens are not wanted");
  }

  TEST_CASE("D27: a deferred constraint that rejects a row at COMMIT fails only the files with such a row") {
    check_refusal(R"(
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception 'sevens are not wanted' using errcode = '23514';
end $$;
create constraint trigger refuse after insert on detection_events deferrable initially deferred
for each row when (7 = any (new.object_values)) execute function refuse();
)",
                  "sevens are not wanted");
  }
}
