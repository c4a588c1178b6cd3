// The same bytes, and the same name, a thousand times.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "F34: the same bytes under a thousand names: one file is loaded, the rest are its duplicates") {
    Pipeline p{target};
    for (int i = 0; i < 1000; ++i)
      p.drop("objects_detection_" + std::to_string(i) + ".json", events(event("v", k_time)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select status, count(*) from ingest_log group by 1 order by 1") ==
          std::vector<std::string>{"duplicate|999", "loaded|1"});
    CHECK(p.one("select count(distinct duplicate_of) from ingest_log where status = 'duplicate'") == "1");
    CHECK(p.one("select count(*) from detection_events") == "1");
    CHECK(p.files("processed").size() == 1000);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F35: one name written a thousand times with different bytes: each version is loaded, or replaced before its claim") {
    Pipeline p{target};
    p.config.once = false;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log(" watches "));
    const std::string name = p.config.landing + "/objects_detection.json";
    for (int i = 0; i < 1000; ++i) {
      if (i % 10 == 0)  // let it be claimed
        REQUIRE(eventually([&] { return !std::filesystem::exists(name); }));
      p.drop("objects_detection.json", events(event("v" + std::to_string(i), k_time)));
    }
    REQUIRE(eventually([&] { return p.files("landing").empty(); }));
    CHECK(daemon.stop() == 0);
    const std::string loaded = p.one("select count(*) from ingest_log where status = 'loaded'");
    CHECK(std::stoi(loaded) >= 100);
    CHECK(p.one("select count(*) from ingest_log") == loaded);
    CHECK(p.one("select count(*) from detection_events") == loaded);
    CHECK(std::to_string(p.files("processed").size()) == loaded);
    CHECK(p.one("select count(*) from detection_events where vehicle_id = 'v999'") == "1");
    p.check_books();
  }
}
