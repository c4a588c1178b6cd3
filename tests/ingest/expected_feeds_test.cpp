// A feed that declares how often it expects a file: late and back, in the log, metrics, notices and `status`.
#include "ingest/expected_feeds.hpp"

#include "base/time.hpp"
#include "cli/operating.hpp"
#include "metrics/scraped.hpp"
#include "notify/noticing.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::string k_late = "longshore_feed_late{feed=\"doors\"}";

// Declares the feed "doors" in a directory of the pipeline. Returns the directory.
std::string declare(const Pipeline& p, const std::string& expect) {
  std::string feeds = p.scratch / "feeds";
  std::filesystem::create_directories(feeds);
  write_file(feeds + "/doors.toml",
             "name = \"doors\"\nfiles = [\"doors_*.json\"]\nrecords = [\"\"]\ntable = \"doors\"\nkey = [\"door\"]\n"
             "columns = [{ name = \"door\", from = \"/door\", type = \"text\" }]\nexpect = \"" +
                 expect + "\"\n");
  return feeds;
}

void drop_door(Pipeline& p, const std::string& name) {
  p.drop("doors_" + name + ".json", "[{\"door\":\"" + name + "\"}]");
}

// As another daemon records a loaded file.
void load_elsewhere(const Pipeline& p, std::int64_t finished_at) {
  store::open(p.target(), store::Access::read_write, "longshore/test")
      ->exec("insert into ingest_log (claim, file_name, feed, status, sha256, finished_at) "
             "values ('elsewhere', 'doors_x.json', 'doors', 'loaded', 'x', $1)",
             {format_time(finished_at)});
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE_ON_EACH_STORE("a feed without a file for longer than it expects is late, and a loaded file ends that") {
    Pipeline p{target};
    const Recorder recorder;
    const std::string feeds = declare(p, "3s");
    Scraped daemon{p, {.words = {"--feeds", feeds, "--notify-command", recorder.path(), "--notify-interval", "100ms"}}};
    REQUIRE(daemon.reaches(k_late, 0));
    REQUIRE(daemon.reaches(k_late, 1));
    CHECK(daemon.log().find("feed doors is late: no file was loaded yet, expected is one every 3s") !=
          std::string::npos);
    CHECK(recorder.receives("feed_late"));
    CHECK(at(recorder.notices("feed_late")[0], "/error") == "doors: no file was loaded yet, expected is one every 3s");
    CHECK(std::isnan(daemon.metric("longshore_feed_late{feed=\"objects_detection\"}")));
    const auto status = operate(p, {"status", "--feeds", feeds});
    CHECK(status.out.find("late\tdoors\t\t1\n") != std::string::npos);
    CHECK(operate(p, {"status", "--feeds", feeds, "--json"})
              .out.find(R"("expected":[{"feed":"doors","expect":"3s","newest_success":"","late":true,)"
                        R"("why_late":"no file was loaded yet, expected is one every 3s"}])") != std::string::npos);

    drop_door(p, "a");
    CHECK(daemon.reaches(k_late, 0));
    CHECK(daemon.wait_for_log("feed doors is not late any more"));
    CHECK(recorder.receives("feed_on_time"));
    CHECK(at(recorder.notices("feed_on_time")[0], "/error") == "doors");
    CHECK(daemon.reaches(k_late, 1));  // again
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE_ON_EACH_STORE("a file that another daemon loads keeps a feed from being late, and ends its lateness") {
    Pipeline p{target};
    const std::string feeds = declare(p, "2s");
    Scraped daemon{p, {.words = {"--feeds", feeds}}};
    REQUIRE(daemon.reaches(k_late, 1));
    load_elsewhere(p, now_micros() + 5'000'000);
    CHECK(daemon.reaches(k_late, 0));
    CHECK(daemon.reaches(k_late, 1));
    CHECK(daemon.stop() == 0);
    CHECK(count(daemon.log(), "feed doors is late") == 2);
  }

  TEST_CASE("a reload keeps a feed late without a second notice, and one without `expect` is forgotten") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const Recorder recorder;
    const std::string feeds = declare(p, "1s");
    Scraped daemon{p, {.words = {"--feeds", feeds, "--notify-command", recorder.path(), "--notify-interval", "100ms"}}};
    REQUIRE(recorder.receives("feed_late"));
    daemon.signal(SIGHUP);
    REQUIRE(daemon.wait_for_log("settings reloaded"));
    CHECK(daemon.reaches(k_late, 1));
    std::this_thread::sleep_for(1500ms);
    CHECK(recorder.notices("feed_late").size() == 1);
    CHECK(recorder.notices("feed_on_time").empty());
    std::filesystem::remove(feeds + "/doors.toml");
    daemon.signal(SIGHUP);
    CHECK(recorder.receives("feed_on_time"));
    CHECK(std::isnan(daemon.metric(k_late)));
    CHECK(daemon.stop() == 0);
  }

  TEST_CASE_ON_EACH_STORE(
      "run --once reports a late feed at its end in the metrics file and in the log, not as a notice") {
    Pipeline p{target};
    const Recorder recorder;
    const std::string textfile = p.scratch / "longshore.prom";
    const Start start{.words = {"--feeds", declare(p, "3s"), "--metrics-textfile", textfile, "--notify-command",
                                recorder.path(), "--notify-interval", "100ms"}};
    drop_door(p, "a");
    CHECK(DaemonProcess{p, start}.wait() == 0);
    CHECK(series_of(content_of(textfile)).at(k_late) == 0);
    std::this_thread::sleep_for(3100ms);
    DaemonProcess late{p, start};
    CHECK(late.wait() == 0);
    CHECK(series_of(content_of(textfile)).at(k_late) == 1);
    CHECK(count(late.log(), "feed doors is late: no file was loaded since ") == 1);
    drop_door(p, "b");
    DaemonProcess loads{p, start};
    CHECK(loads.wait() == 0);
    CHECK(series_of(content_of(textfile)).at(k_late) == 0);
    CHECK(count(loads.log(), "feed doors is late") == 0);
    CHECK(recorder.notices().empty());
  }
}
