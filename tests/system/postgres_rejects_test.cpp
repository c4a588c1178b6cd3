// A file of which nearly every record is refused must not be kept in memory, nor flood the database.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

// The most memory that the process has had, in MiB.
long peak_memory(pid_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      long kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1024;
    }
  FAIL("the process has no peak memory");
  return 0;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("of a million rejects the first thousand are kept, all are counted, and memory stays small") {
    Pipeline p{fresh_database()};
    p.config.once = false;
    DaemonProcess daemon{p};
    std::string records = event("v", "2022-06-05T21:02:34.546Z");
    constexpr int rejects = 1'000'000;
    for (int i = 0; i < rejects; ++i)
      records += ",{\"vehicle_id\":\"w\"}";
    p.drop("objects_detection_1.json", events(records));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(peak_memory(daemon.pid()) < 150);
#endif
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select status, records, rows_loaded, rows_rejected from ingest_log") == "partial|1000001|1|1000000");
    CHECK(p.one("select count(*), min(record_no), max(record_no) from ingest_rejects") == "1000|2|1001");
    p.check_books();
  }
}
