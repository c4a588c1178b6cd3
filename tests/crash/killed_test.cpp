// The process dies at each named crash point. The next start must have the result of an undisturbed run.
#include "crash/mixed_files.hpp"
#include "support/each_store.hpp"
#include "support/skip.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;

namespace {

struct Point {
  const char* name;
  int passages = 5;             // the point is passed at least so often
  bool is_of_postgres = false;  // SQLite does not have the step
};

constexpr Point k_points[] = {
    {"in_claim"},
    {"after_claim"},
    {"after_announce", 2},
    {"after_record", 2},
    {"before_load"},
    {"in_load"},
    {"after_window_undone", 1, true},
    {"before_latest", 1},
    {"after_latest", 1},
    {"before_commit"},
    {"after_commit"},
    {"before_archive"},
    {"before_reason_named", 2},
    {"before_move"},
    {"after_move"},
    {"after_archive_sync"},
};

void check_end(Pipeline& p, const std::vector<std::string>& expected) {
  p.run_once();
  p.check_books();
  CHECK(traces(p) == expected);
}

}  // namespace

TEST_SUITE("crash") {
  TEST_CASE_ON_EACH_STORE(
      "P02: after a kill at any step, early or late, the next start gives the result of an undisturbed run") {
    const auto expected = undisturbed(target);
    for (const Point& point : k_points) {
      if (point.is_of_postgres && target.engine != store::Engine::postgres)
        continue;
      for (const int passage : {1, 2, 5}) {
        // later passages depend on timing; on PostgreSQL the second is like the first
        if (passage > point.passages || (passage == 2 && target.engine == store::Engine::postgres))
          continue;
        const std::string at = std::string{point.name} + ":" + std::to_string(passage);
        INFO(at);
        empty_tables(target);
        Pipeline p{target};
        drop_mixed(p);
        CHECK(run_and_die(p, at) == 137);
        p.config.instance = "second";
        check_end(p, expected);
      }
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "P04: after repeated kills during recovery, the last start gives the result of an undisturbed run") {
    const auto expected = undisturbed(target);
    for (const char* first : {"after_claim:2", "after_announce:1", "in_load:3", "after_commit:2", "before_move:4"}) {
      empty_tables(target);
      Pipeline p{target};
      drop_mixed(p);
      CHECK(run_and_die(p, first) == 137);
      // each of these runs gets a little further than the one before it
      for (const char* again : {"in_adoption:1", "after_adoption:1", "in_claim:1", "before_archive:1", "after_move:1",
                                "after_archive_sync:1"}) {
        INFO(first << ", then " << again);
        p.config.instance = p.config.instance == "second" ? "third" : "second";
        const int code = run_and_die(p, again);
        // all files may have been claimed before the first kill: then this run has nothing to claim, and ends the work
        if (code == 0 && again == std::string{"in_claim:1"})
          break;
        CHECK(code == 137);
      }
      check_end(p, expected);
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "P02: after a kill just before or after the move of a whole claim, each file is in processed/ and loaded once") {
    for (const char* point : {"before_move_together:1", "after_move_together:1"}) {
      INFO(point);
      Pipeline p{fresh_like(target)};
      Workload files{p};
      files.drop_small(150);
      CHECK(run_and_die(p, point) == 137);
      p.config.instance = "second";
      p.run_once();
      files.check();
    }
  }

  TEST_CASE_ON_EACH_STORE("P02: after a kill during the creation of the tables, the next start creates them") {
    const auto expected = undisturbed(target);
    for (const char* point : {"before_commit:1", "after_commit:1"}) {
      INFO(point);
      Pipeline p{fresh_like(target)};
      drop_mixed(p);
      CHECK(run_and_die(p, point) == 137);
      check_end(p, expected);
    }
  }

  TEST_CASE("F25: after a kill at any step of a move to another file system, the file exists once and is complete") {
    struct stat here {};
    struct stat there {};
    if (::stat("/tmp", &here) != 0 || ::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev)
      SKIP("/dev/shm is not a separate file system");
    on_each_store([](const store::Target& target) {
      const auto expected = undisturbed(target);
      for (const char* point : {"after_copy", "after_copy_named", "before_source_unlinked"})
        for (const int passage : {1, 2, 5}) {
          const std::string at = std::string{point} + ":" + std::to_string(passage);
          INFO(at);
          std::string elsewhere = "/dev/shm/longshore-test-XXXXXX";
          REQUIRE(::mkdtemp(elsewhere.data()));
          empty_tables(target);
          Pipeline p{target};
          p.config.processed = elsewhere;
          std::filesystem::create_directory_symlink(elsewhere, p.scratch / "processed");  // where the checks look
          drop_mixed(p);
          CHECK(run_and_die(p, at) == 137);
          check_end(p, expected);
          std::filesystem::remove_all(elsewhere);
        }
    });
  }
}
