// The process dies, or a step fails, at named points. The next start must have the result of an undisturbed run.
#include "crash/mixed_files.hpp"
#include "decode/decoding.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

// Small files, a large one, one with rejects, a broken one, and a duplicate.
void drop_all(Pipeline& p) {
  std::string many;
  for (int i = 0; i < 400; ++i)
    many += (i ? "," : "") + event("large" + std::to_string(i), k_time);
  p.drop("objects_detection_large.json", events(many));
  p.drop("objects_detection_1.json", events(event("a", k_time) + "," + event("large7", k_time)));
  p.drop("objects_detection_2.json", events(event("b", k_time) + ",{}"));
  p.drop("objects_detection_3.json", events(event("a", k_time) + "," + event("large7", k_time)));
  p.drop("objects_detection_4.json", "[" + event("c", k_time) + ",oops]");
  p.drop("vehicles_status_1.json",
         R"({"vehicle_status":[{"vehicle_id":"a","report_time":"2024-01-01T00:00:00Z","status":"driving"}]})");
  p.config.large_file = 20'000;
  p.config.window_bytes = 10'000;
}

void check_end(Pipeline& p) {
  CHECK(p.one("select count(*) from detection_events") == "402");
  CHECK(p.one("select count(*) from vehicle_status") == "1");
  CHECK(p.rows("select status, count(*) from ingest_log group by 1 order by 1") ==
        std::vector<std::string>{"duplicate|1", "failed|1", "loaded|3", "partial|1"});
  CHECK(p.files("processed").size() == 5);
  CHECK(p.files("failed").size() == 2);
  CHECK(p.files("landing").empty());
  p.check_books();
}

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_ON_EACH_STORE("F36: after a kill when the archive place was taken, the ledger names the file's own place") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", events(event("v", k_time)));
    CHECK(run_and_die(p, "before_move:1") == 137);
    const std::filesystem::path place = p.scratch / p.one("select archive_path from ingest_log");
    std::filesystem::create_directories(place.parent_path());
    std::ofstream{place} << "another";
    CHECK(run_and_die(p, "before_move:2") == 137);
    const std::filesystem::path own = p.scratch / p.one("select archive_path from ingest_log");
    CHECK(own != place);
    CHECK(!std::filesystem::exists(own));
    p.run_once();
    CHECK(std::filesystem::exists(own));
    CHECK(p.files("processed").size() == 2);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F38: a file that somebody put at a failed file's own place is not replaced, and that file waits") {
    Pipeline p{target};
    p.run_once();
    p.drop("objects_detection_1.json", "[oops]");
    CHECK(run_and_die(p, "before_move:1") == 137);
    const std::string name = p.one("select archive_path from ingest_log");
    const std::filesystem::path place = p.scratch / name;
    std::filesystem::create_directories(place.parent_path());
    std::ofstream{place} << "another";
    CHECK(p.run_once() == Exit::left_over);
    CHECK(std::filesystem::file_size(place) == std::string{"another"}.size());
    CHECK(p.one("select archive_path from ingest_log") == name);
    std::filesystem::remove(place);
    p.run_once();
    CHECK(std::filesystem::file_size(place) == std::string{"[oops]"}.size());
    CHECK(p.files("failed").size() == 2);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a step that fails for some time is retried, and no file fails") {
    for (const char* order :
         {"before_commit:1-3=unavailable", "after_commit:1-2=unavailable", "before_load:1-4=contention",
          "before_move:1-2=transient", "after_record:1-2=transient"}) {
      Pipeline p{fresh_like(target)};
      p.config.wait = std::chrono::minutes{1};
      drop_all(p);
      ::setenv("LONGSHORE_FAIL_AT", order, 1);
      p.run_once();
      ::unsetenv("LONGSHORE_FAIL_AT");
      INFO(order);
      check_end(p);
    }
  }

  TEST_CASE_ON_EACH_STORE("an outage during the recording of a file without a feed ends when that file is recorded") {
    Pipeline p{target};
    p.config.wait = std::chrono::minutes{1};
    p.drop("readme.txt", "x");
    p.drop("objects_detection_1.json", events(event("v", k_time)));
    ::setenv("LONGSHORE_FAIL_AT", "before_unrouted:1=unavailable", 1);
    CHECK(p.run_once() == Exit::ok);
    ::unsetenv("LONGSHORE_FAIL_AT");
    CHECK(p.rows("select status from ingest_log order by 1") == std::vector<std::string>{"loaded", "unrouted"});
  }

  TEST_CASE_ON_EACH_STORE("a batch that the database refuses is split until the bad file fails alone") {
    Pipeline p{target};
    p.run_once();
    for (int i = 0; i < 5; ++i)
      p.drop("objects_detection_" + std::to_string(i) + ".json", events(event("v" + std::to_string(i), k_time)));
    // refused are: all five files, two of them, one of these two, and the next attempt
    ::setenv("LONGSHORE_FAIL_AT", "before_load:1-4=bad_file", 1);
    CHECK(p.run_once() == Exit::bad_data);
    ::unsetenv("LONGSHORE_FAIL_AT");
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") != "0");
    CHECK(p.one("select count(*) from ingest_log where status = 'failed'") != "0");
    CHECK(p.one("select count(*) from ingest_log") == "5");
    p.check_books();
  }
}
