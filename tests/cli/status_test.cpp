// status beside a daemon: the oldest waiting file with its reason, and the claimed files.
#include "cli/operating.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace longshore;
using namespace longshore::test;

namespace {

using namespace std::chrono_literals;

std::string good(const std::string& vehicle) { return events(event(vehicle, k_time)); }

// The value of a fact; "none" if it is not printed.
std::string fact(const Pipeline& p, const std::string& what, const std::vector<std::string>& words = {}) {
  std::vector<std::string> command{"status"};
  command.insert(command.end(), words.begin(), words.end());
  for (const auto& line : tab_lines(operate(p, command).out))
    if (line[0] == what)
      return line.at(3);
  return "none";
}

}  // namespace

TEST_SUITE("status") {
  TEST_CASE_ON_EACH_STORE("status without a daemon prints the oldest file and that no daemon is running") {
    Pipeline p{target};
    p.run_once();
    CHECK(fact(p, "landing_oldest_file").empty());
    p.drop("objects_detection_\n1.json", good("a"));
    p.drop("objects_detection_2.json", good("a"));
    CHECK(fact(p, "landing_oldest_file") == "objects_detection_\\x0a1.json");
    CHECK(fact(p, "landing_oldest_waits") == "no daemon is running");
    const auto json = operate(p, {"status", "--json"});
    CHECK(json.exit == 0);
    CHECK(json.out.find(R"("oldest_file":"objects_detection_\\x0a1.json","oldest_waits":"no daemon is running")") !=
          std::string::npos);
    CHECK(json.out.find(R"("claims":[{"instance":"test-1","runs":false,"files":0,"waits":[]}])") != std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("status beside a daemon prints why the oldest file waits") {
    Pipeline p{target};
    p.config.once = false;
    p.config.settle = p.config.close_delay = p.config.grace = 1h;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log("watches"));
    const auto why = [&] { return fact(p, "landing_oldest_waits", {"--settle", "1h", "--grace", "1h"}); };
    std::ofstream{p.config.landing + "/objects_detection_1.json"} << good("a");
    CHECK(why() == "it is too new: it may have to stay unchanged for 60 min");
    std::ofstream{p.config.landing + "/objects_detection_1.json"} << "[";
    CHECK(why() == "it is empty or incomplete: it is claimed when it has not changed for 60 min");
    p.config.database = "host=127.0.0.1 port=1 dbname=d user=u";
    CHECK(why() == "the database does not answer");
    CHECK(daemon.stop() == 0);
    CHECK(why() == "no daemon is running");
  }

  TEST_CASE_ON_EACH_STORE(
      "status prints the claimed files of each instance, the oldest one, and whether the instance runs") {
    Pipeline p{target};
    p.run_once();
    p.config.once = false;
    p.config.refusals = 1000;
    p.drop("objects_detection_1.json", good("a"));
    DaemonProcess daemon{p, {.environment = {{"LONGSHORE_FAIL_AT", "before_load:1-100000=transient"}}}};
    REQUIRE(daemon.wait_for_log("; try 2 in"));
    CHECK(fact(p, "instance") == "test-1");
    CHECK(fact(p, "instance_runs") == "1");
    CHECK(fact(p, "instance_claimed_files") == "1");
    CHECK(fact(p, "instance_oldest_file") == "objects_detection_1.json");
    daemon.kill();
    CHECK(fact(p, "instance_runs") == "0");
    const auto json = operate(p, {"status", "--json"}).out;
    CHECK(json.find(R"("instances":["test-1"])") != std::string::npos);
    CHECK(
        json.find(
            R"("claims":[{"instance":"test-1","runs":false,"files":1,"waits":[],"oldest_file":"objects_detection_1.json")") !=
        std::string::npos);
    p.config.once = true;
    CHECK(p.run_once() == Exit::ok);
    CHECK(fact(p, "claimed_files") == "0");
  }
}
