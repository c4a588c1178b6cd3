#include "feed/reserved_names.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace longshore;

TEST_SUITE("feed/reserved_names") {
  TEST_CASE("the names of longshore's tables and of SQLite's are reserved") {
    for (const char* name :
         {"ingest_log", "ingest_x", "longshore_migrations", "detections", "detection_days", "sqlite_x"})
      CHECK_MESSAGE(is_reserved_table(name), name);
    for (const char* name : {"detection_events", "ingest", "schema_migrations", "detection"})
      CHECK_MESSAGE(!is_reserved_table(name), name);
  }
  TEST_CASE("the columns that longshore adds and PostgreSQL's system columns are reserved") {
    for (const char* name : {"record_hash", "file_id", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
      CHECK_MESSAGE(is_reserved_column(name), name);
    CHECK(!is_reserved_column("oid"));
    CHECK(!is_reserved_column("file_id_2"));
  }
  TEST_CASE("a name that is reserved, used or too long gets a number, and stays an identifier") {
    std::set<std::string, std::less<>> used{"speed", "speed_2", std::string(48, 'a')};
    const auto is_used = [&](std::string_view name) { return used.contains(name); };
    CHECK(unused_column_name("door", is_used) == "door");
    CHECK(unused_column_name("speed", is_used) == "speed_3");
    CHECK(unused_column_name("xmin", is_used) == "xmin_2");
    CHECK(unused_column_name(std::string(60, 'b'), is_used) == std::string(48, 'b'));
    CHECK(unused_column_name(std::string(60, 'a'), is_used) == std::string(46, 'a') + "_2");
  }
}
