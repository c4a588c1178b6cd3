// The ledger names the place where a file lies, whichever process moves the file and wherever it is stopped.
#include "cli/operating.hpp"
#include "support/backup.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <future>
#include <map>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

const std::string k_name = routed("1");

// The points where one process waits until the test lets it continue.
class Halts {
 public:
  Halts(const Pipeline& p, const std::string& process, std::string points)
      : m_path(p.scratch / ("halt-of-" + process)), m_points(std::move(points)) {}

  Environment environment(const std::string& fail_at = "") const {
    return {{"LONGSHORE_CRASH_AT", m_points}, {"LONGSHORE_WAIT", m_path}, {"LONGSHORE_FAIL_AT", fail_at}};
  }
  bool is_waiting() const { return fs::exists(m_path); }
  bool reached() const {
    return eventually([&] { return is_waiting(); });
  }
  void pass() const { fs::remove(m_path); }

 private:
  const std::string m_path;
  const std::string m_points;
};

std::string place_of(Pipeline& p, const std::string& file_id) {
  return p.one("select archive_path from ingest_log where file_id = " + file_id);
}

// The bytes at the place that the row names.
std::string copy_of(Pipeline& p, const std::string& file_id) { return content_of(p.scratch / place_of(p, file_id)); }

std::string newest_id(Pipeline& p) { return p.one("select max(file_id) from ingest_log"); }

void put(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  write_file(path, content);
}

void check_verify(const Pipeline& p) {
  const auto verified = operate(p, {"verify", "--deep"});
  CHECK_MESSAGE(verified.err == "no differences\n", verified.out);
}

// Leaves a bad file "[one]" in its claim, recorded but not moved. Returns its file_id.
std::string leave_recorded(Pipeline& p) {
  p.config.loaders = 1;  // claims are worked on in their order
  p.config.retry_first = p.config.retry_last = 1h;
  p.drop(k_name, "[one]");
  REQUIRE(DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", "before_move:1"}}}}.wait() == 137);
  return newest_id(p);
}

// The start of a daemon that cannot move the file which leave_recorded() left.
Start without_first_move(const std::string& crash_at = "") {
  return {.environment = {{"LONGSHORE_FAIL_AT", "before_move:1"}, {"LONGSHORE_CRASH_AT", crash_at}}};
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE("F38: a file whose place is taken goes where its row says, although the update failed once") {
    for (const std::string point : {"before_new_place", "after_new_place"})
      for (const bool is_free_again : {false, true}) {
        INFO(point << " " << is_free_again);
        Pipeline p{fresh_like(target)};
        p.config.retry_first = p.config.retry_last = 50ms;
        const Halts halts{p, "daemon", "before_move:1-2=wait"};
        p.drop(k_name, document("v"));
        Running daemon{p, {.environment = halts.environment(point + ":1")}};
        REQUIRE(halts.reached());
        const std::string chosen = place_of(p, newest_id(p));
        put(p.scratch / chosen, "another");
        halts.pass();
        REQUIRE(daemon.wait_for_log("injected fault at " + point));
        REQUIRE(halts.reached());  // the second try
        if (is_free_again)
          fs::remove(p.scratch / chosen);
        halts.pass();
        CHECK(all_settled(p, 1));
        CHECK(daemon.stop() == 0);
        CHECK(place_of(p, newest_id(p)) != chosen);
        CHECK(copy_of(p, newest_id(p)) == document("v"));
        if (is_free_again)
          check_verify(p);
      }
  }

  TEST_CASE_ON_EACH_STORE(
      "F36: a released file whose name is taken in landing goes where its row says, although the update failed once") {
    for (const std::string point : {"before_new_place", "after_new_place"}) {
      INFO(point);
      Pipeline p{fresh_like(target)};
      p.config.retry_first = p.config.retry_last = 50ms;
      p.drop(k_name, document("v"));
      REQUIRE(DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", "after_claim:1"}}}}.wait() == 137);
      REQUIRE(operate(p, {"release", k_name}, {{"LONGSHORE_CRASH_AT", "takeout_recorded:1"}}).exit == 137);
      REQUIRE(fs::create_directory(landing_path(p, k_name)));
      const Halts halts{p, "daemon", "before_archive:2=wait"};
      Running daemon{p, {.environment = halts.environment(point + ":1")}};
      REQUIRE(halts.reached());
      fs::remove(landing_path(p, k_name));
      halts.pass();
      CHECK(all_settled(p, 1));
      CHECK(daemon.stop() == 0);
      CHECK(p.files("landing").empty());
      CHECK(copy_of(p, newest_id(p)) == document("v"));
      check_verify(p);
    }
  }

  TEST_CASE_ON_EACH_STORE("F36: retry of a failed file that is still claimed does not move another file of its name") {
    Pipeline p{target};
    const std::string first = leave_recorded(p);
    {
      Running daemon{p, without_first_move("before_move:2")};
      REQUIRE(daemon.wait_for_log("injected fault at before_move"));
      p.drop(k_name, "[second]");
      REQUIRE(daemon.wait() == 137);
    }
    const std::string second = newest_id(p);
    const Halts halts{p, "daemon", "before_move:2=wait"};
    Running daemon{p, {.environment = halts.environment()}};
    REQUIRE(halts.reached());
    CHECK(copy_of(p, first) == "[one]");
    const auto retried = operate(p, {"retry", second});
    CHECK(retried.exit == 75);
    CHECK(column(retried, "result") == Words{"gone"});
    CHECK(column(retried, "detail") ==
          Words{"it is still in its claim: the running daemon or its next start moves it to " + place_of(p, second)});
    halts.pass();
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(copy_of(p, first) == "[one]");
    CHECK(copy_of(p, second) == "[second]");
    check_verify(p);
    CHECK(column(operate(p, {"retry", second}), "result") == Words{"landing"});
    CHECK(content_of(landing_path(p, k_name)) == "[second]");
    CHECK(copy_of(p, first) == "[one]");
  }

  TEST_CASE_ON_EACH_STORE(
      "F36: skip and a daemon finish one file, and its row names its place, though others come and go") {
    Pipeline p{target};
    p.run_once();
    p.drop(k_name, document("v"));
    const Halts loading{p, "daemon", "before_decode:1=wait,before_move:1=wait"};
    Running daemon{p, {.environment = loading.environment()}};
    REQUIRE(loading.reached());
    const Halts skipping{p, "skip", "takeout_recorded:1=wait,before_move:2=wait"};
    auto skip = std::async(std::launch::async, [&] { return operate(p, {"skip", k_name}, skipping.environment()); });
    CHECK(skipping.reached());
    loading.pass();
    CHECK(loading.reached());  // the daemon has read the row
    const std::string chosen = place_of(p, newest_id(p));
    const fs::path taken = p.scratch / (chosen.substr(0, std::string_view{"failed/2026-11-21/"}.size()) + k_name);
    put(taken, "another");
    skipping.pass();
    CHECK(eventually([&] { return skip.wait_for(0s) == std::future_status::ready || skipping.is_waiting(); }));
    fs::remove(taken);
    loading.pass();
    CHECK(all_settled(p, 1));
    skipping.pass();
    CHECK(skip.get().exit == 0);
    CHECK(daemon.stop() == 0);
    CHECK(copy_of(p, newest_id(p)) == document("v"));
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("F36: a retry that dies or loses its commit, then is repeated, does not move another file") {
    for (const Environment& fault : {Environment{{"LONGSHORE_CRASH_AT", "before_commit:1"}},
                                     Environment{{"LONGSHORE_FAIL_AT", "before_commit:1=disconnected"}}}) {
      INFO(fault.begin()->first);
      Pipeline p{fresh_like(target)};
      const std::string first = leave_recorded(p);
      {
        Running daemon{p, without_first_move()};
        REQUIRE(daemon.wait_for_log("injected fault at before_move"));
        p.drop(k_name, "[second]");
        REQUIRE(eventually([&] { return p.files("failed").size() >= 2; }));
        daemon.kill();
      }
      const std::string second = newest_id(p);
      CHECK(operate(p, {"retry", second}, fault).exit != 0);
      CHECK(content_of(landing_path(p, k_name)) == "[second]");
      Running daemon{p};
      CHECK(all_settled(p, 3));
      CHECK(copy_of(p, first) == "[one]");
      CHECK(column(operate(p, {"retry", second, "--dry-run"}), "result") == Words{"already done"});
      CHECK(place_of(p, second) != "\\N");
      CHECK(column(operate(p, {"retry", second}), "result") == Words{"already done"});
      CHECK(place_of(p, second) == "\\N");
      CHECK(daemon.stop() == 0);
      CHECK(p.files("landing").empty());
      CHECK(copy_of(p, first) == "[one]");
      CHECK(copy_of(p, newest_id(p)) == "[second]");
      check_verify(p);
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "F36: two verify --repair at once after a restore do not move a file that was loaded between") {
    Pipeline p{target};
    p.run_once();
    Backup backup{target};
    p.drop(k_name, document("v"));
    p.run_once();
    backup.restore();
    const Halts first{p, "verify", "verify_lands:1=wait"};
    auto verify = std::async(std::launch::async, [&] {
      return operate(p, {"verify", "--repair"}, first.environment());
    });
    REQUIRE(first.reached());  // it has found the file and asked the ledger
    CHECK(operate(p, {"verify", "--repair"}).err == "no differences; 1 repaired\n");
    CHECK(p.run_once() == Exit::ok);
    const std::string place = place_of(p, newest_id(p));
    CHECK(place == "processed/" + p.files("processed").at(0));

    first.pass();

    CHECK(verify.get().err == "no differences\n");
    CHECK(p.files("landing").empty());
    CHECK(copy_of(p, newest_id(p)) == document("v"));
    check_verify(p);
  }
}
