// Which loader gets which file.
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("system") {
  TEST_CASE("a small file does not wait while all loaders load large files") {
    Pipeline p{fresh_database()};  // SQLite has one writer
    p.config.loaders = 1;
    p.config.large_file = 10'000;
    const std::string wait = p.scratch / "wait";
    Start start;
    start.environment = {{"LONGSHORE_CRASH_AT", "before_decode/" + routed("large") + ":1=wait"},
                         {"LONGSHORE_WAIT", wait}};
    Running daemon{p, start};
    p.drop(routed("large"), document("large", 1000));
    REQUIRE(eventually([&] { return std::filesystem::exists(wait); }));
    p.drop(routed("another"), document("another", 1000));
    p.drop(routed("small"), document("small"));
    CHECK(eventually([&] { return p.rows("select file_name from ingest_log where status = 'loaded'").size() == 1; }));
    CHECK(outcomes(p) == std::vector<std::string>{routed("large") + "|loading|0", routed("small") + "|loaded|1"});
    std::filesystem::remove(wait);
    CHECK(all_settled(p, 3));
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
