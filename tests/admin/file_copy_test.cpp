// longshore replay FILE_ID --copy PATH: any copy with the same bytes serves.
#include "admin/replaying.hpp"
#include "housekeeping/keeping.hpp"
#include "support/compressed.hpp"
#include "support/each_store.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

const std::string k_name = routed("1");

// Loads two files that share a row, and removes their copies from the archive.
void load_and_lose(Pipeline& p) {
  load(p, routed("1"), events(event("a", k_time) + "," + event("b", k_time)));
  load(p, routed("2"), events(event("b", k_time) + "," + event("c", k_time)));
  make_old(p);
  p.config.keep_processed = std::chrono::hours{24};
  p.run_once();
  CHECK(archived(p).empty());
}

}  // namespace

TEST_SUITE("replay") {
  TEST_CASE_ON_EACH_STORE(
      "F48: a purged file is replayed from a copy: plain, compressed, or in a directory of copies") {
    Pipeline p{target};
    load_old(p, k_name, document("v", 3));
    p.config.keep_processed = std::chrono::hours{24};
    p.run_once();
    const Words rows = p.data();
    fs::create_directories(p.scratch / "backup");
    write_file(p.scratch / "plain", document("v", 3));
    write_file(p.scratch / "packed", zstd(document("v", 3)));
    write_file(p.scratch / "gzip", gzip(document("v", 3)));
    write_file(p.scratch / ("backup/" + k_name + ".gz"), gzip(document("v", 3)));
    int attempt = 1;
    for (const char* copy : {"plain", "packed", "gzip", "backup"}) {
      INFO(copy);
      change(p, "delete from detection_events");
      const auto replayed = operate(p, {"replay", "1", "--copy", p.scratch / copy});
      CHECK_MESSAGE(replayed.out == "1 files replayed: 3 rows, 0 duplicates, 0 rejects\n", replayed.err);
      CHECK(p.one("select attempt, purged_at is null, status from ingest_log") ==
            std::to_string(++attempt) + "|0|loaded");
      CHECK(p.one("select count(*) from detection_events") == "3");
    }
    CHECK(p.data() == rows);
    CHECK(archived(p).empty());
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("a copy with other bytes, a missing one and a wrong use are refused, and nothing changes") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    fs::remove(p.scratch / ("processed/2020-01-01/" + k_name));  // lost
    write_file(p.scratch / "other", document("w"));
    write_file(p.scratch / "packed", zstd(document("w")));
    const Words before = everything(p);
    for (const std::string copy : {"other", "packed", "missing"}) {
      const auto refused = operate(p, {"replay", "1", "--copy", p.scratch / copy});
      CHECK(refused.exit == 65);
      CHECK(refused.err.find(copy + " is not a copy of file 1 (" + k_name + "), which had ") != std::string::npos);
    }
    CHECK(operate(p, {"replay", "1", "1", "--copy", p.scratch / "other"}).exit == 64);
    CHECK(operate(p, {"replay", "--feed", "objects_detection", "--copy", p.scratch / "other"}).exit == 64);
    CHECK(operate(p, {"replay", "1", "--grown", "--copy", p.scratch / "other"}).exit == 64);
    CHECK(everything(p) == before);
    write_file(p.scratch / "right", document("v"));
    CHECK(operate(p, {"replay", "1", "--copy", p.scratch / "right"}).exit == 0);
  }

  TEST_CASE_ON_EACH_STORE("files that share rows are replayed from a directory that has all of their copies") {
    Pipeline p{target};
    load_and_lose(p);
    const Words rows = p.data();
    fs::create_directories(p.scratch / "backup");
    write_file(p.scratch / ("backup/" + routed("1")), events(event("a", k_time) + "," + event("b", k_time)));
    const auto refused = operate(p, {"replay", "1", "--copy", p.scratch / ("backup/" + routed("1"))});
    CHECK(refused.exit == 65);
    CHECK(refused.err.find("file 2 (" + routed("2") + ") cannot be replayed: its archived copy was purged on ") !=
          std::string::npos);
    write_file(p.scratch / ("backup/" + routed("2") + ".zst"),
               zstd(events(event("b", k_time) + "," + event("c", k_time))));
    CHECK(operate(p, {"replay", "1", "--copy", p.scratch / "backup"}).out ==
          "2 files replayed: 3 rows, 1 duplicates, 0 rejects\n");
    CHECK(p.data() == rows);
    check_verify(p);
  }
}
