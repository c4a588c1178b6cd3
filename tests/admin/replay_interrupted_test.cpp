// Replays that are killed, lose a lock, or lose the database.
#include "admin/replaying.hpp"
#include "base/error.hpp"
#include "support/each_store.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("replay") {
  TEST_CASE_ON_EACH_STORE("P01: a killed replay changes nothing, and the next one completes") {
    for (const char* point : {"after_take_out:1", "before_load:1", "in_load:1", "before_commit:1", "after_commit:1"}) {
      INFO(point);
      Pipeline p{fresh_like(target)};
      load_five(p);
      const Lines before = everything(p);
      const Lines data = p.data();
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        ::setenv("LONGSHORE_CRASH_AT", point, 1);
        replay(p, {1}, p.registry);
        ::_exit(0);
      }
      int code = 0;
      REQUIRE(::waitpid(child, &code, 0) == child);
      CHECK(WEXITSTATUS(code) == 137);
      if (std::string{point} == "after_commit:1")
        CHECK(p.one("select attempt from ingest_log where file_id = 1") == "2");
      else
        CHECK(everything(p) == before);
      replay(p, {1}, p.registry);
      CHECK(p.data() == data);
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("D24 S01: a replay that loses a lock to another writer tries again") {
    Pipeline p{target};
    load_five(p);
    const Lines before = p.data();
    ::setenv("LONGSHORE_FAIL_AT", "after_take_out:1-2=contention", 1);
    replay(p, {1}, p.registry);
    ::unsetenv("LONGSHORE_FAIL_AT");
    CHECK(p.data() == before);
    CHECK(p.one("select attempt from ingest_log where file_id = 1") == "2");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("D02: an outage during a replay ends it, and nothing changes") {
    Pipeline p{target};
    load_five(p);
    const Lines before = everything(p);
    ::setenv("LONGSHORE_FAIL_AT", "before_commit:1=unavailable", 1);
    CHECK_THROWS_AS(replay(p, {1}, p.registry), Error);
    ::unsetenv("LONGSHORE_FAIL_AT");
    CHECK(everything(p) == before);
  }
}
