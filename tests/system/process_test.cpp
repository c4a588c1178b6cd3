// The daemon as a process: the base of the other tests in this folder.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE("a daemon process loads a file that is renamed into landing, and ends after SIGTERM") {
    Pipeline p{target};
    p.config.once = false;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log(" watches "));
    p.drop("objects_detection_1.json", events(event("v", "2022-06-05T21:02:34.546Z")));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == "1");
    p.check_books();
  }
}
