// Signals to a daemon that is loading files.
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

// Small files of one event; every tenth is a large file.
void drop_some(Pipeline& p, int& next, int count) {
  for (const int end = next + count; next < end; ++next) {
    std::string records = event("v" + std::to_string(next), k_time);
    if (next % 10 == 0)
      for (int i = 1; i < 300; ++i)
        records += "," + event("v" + std::to_string(next) + "-" + std::to_string(i), k_time);
    p.drop("objects_detection_" + std::to_string(next) + ".json", events(records));
  }
}

void use_small_limits(Pipeline& p) {
  p.config.once = false;
  p.config.large_file = 20'000;
  p.config.window_bytes = 5'000;
  p.config.batch_files = 3;
}

std::string expected_rows(int files) { return std::to_string(files + 299 * ((files + 9) / 10)); }

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "P05: a daemon that is stopped repeatedly under load exits with 0, and no row is lost or loaded twice") {
    Pipeline p{target};
    use_small_limits(p);
    int dropped = 0;
    for (int turn = 0; turn < 10; ++turn) {
      DaemonProcess daemon{p};
      REQUIRE(daemon.wait_for_log(" watches "));
      drop_some(p, dropped, 10);
      daemon.signal(turn % 3 == 0 ? SIGINT : SIGTERM);
      if (turn % 5 == 4)
        daemon.signal(SIGTERM);  // stops without waiting for loads
      CHECK(daemon.wait() == 0);
    }
    p.config.once = true;
    p.run_once();
    CHECK(p.one("select count(*) from detection_events") == expected_rows(dropped));
    CHECK(p.one("select count(*) from ingest_log") == std::to_string(dropped));
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("P07: the daemon ignores signals that it does not use") {
    Pipeline p{target};
    use_small_limits(p);
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log(" watches "));
    int dropped = 0;
    for (int turn = 0; turn < 20; ++turn) {
      drop_some(p, dropped, 2);
      for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGCHLD, SIGALRM, SIGCONT, SIGWINCH})
        daemon.signal(number);
    }
    CHECK(eventually([&] { return p.files("processed").size() == static_cast<std::size_t>(dropped); }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == expected_rows(dropped));
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("P08: a daemon that was frozen while files arrived continues and loads them") {
    Pipeline p{target};
    use_small_limits(p);
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log(" watches "));
    int dropped = 0;
    for (int turn = 0; turn < 3; ++turn) {
      drop_some(p, dropped, 5);
      daemon.suspend();
      drop_some(p, dropped, 60);
      daemon.resume();
    }
    CHECK(eventually([&] { return p.files("processed").size() == static_cast<std::size_t>(dropped); }));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from detection_events") == expected_rows(dropped));
    p.check_books();
  }

  TEST_CASE("P06: a daemon that is stopped while it waits for its database exits with 0") {
    Pipeline p{store::Target{store::Engine::postgres, "host=/nonexistent dbname=none"}};
    p.config.once = false;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log("waiting for it"));
    CHECK(daemon.stop() == 0);
  }
}
