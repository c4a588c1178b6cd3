// recursive = true: files in directories of landing, through the whole program.
#include "cli/operating.hpp"
#include "metrics/scraped.hpp"
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

using Rows = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void drop_below(Pipeline& p, const std::string& name, std::string_view content) {
  fs::create_directories(fs::path{landing_path(p, name)}.parent_path());
  p.drop(name, content);
}

Rows statuses(Pipeline& p) { return p.rows("select file_name, status from ingest_log order by file_id"); }

void check_verify(const Pipeline& p) {
  const auto verified = operate(p, {"verify", "--deep"});
  CHECK_MESSAGE(verified.err == "no differences\n", verified.out);
}

const std::string k_one = "veh1/" + routed("a");
const std::string k_two = "veh2/" + routed("a");

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "F49: files of one name in two directories are two arrivals, and processed/ has the directories") {
    Pipeline p{target};
    p.config.recursive = true;
    drop_below(p, k_one, document("a"));
    drop_below(p, k_two, document("b"));
    drop_below(p, "2026-11-30/site/" + routed("c"), document("c"));
    p.drop(routed("d"), document("d"));
    fs::create_directory(landing_path(p, "empty"));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select file_name, status, rows_loaded from ingest_log order by 1") ==
          Rows{"2026-11-30/site/" + routed("c") + "|loaded|1", routed("d") + "|loaded|1", k_one + "|loaded|1",
               k_two + "|loaded|1"});
    const std::string day = p.one("select max(substr(archive_path, 11, 10)) from ingest_log");
    CHECK(p.files("processed") ==
          Rows{day + "/2026-11-30/site/" + routed("c"), day + "/" + routed("d"), day + "/" + k_one, day + "/" + k_two});
    CHECK(fs::is_directory(landing_path(p, "veh1")));
    CHECK(fs::is_directory(landing_path(p, "empty")));

    drop_below(p, k_one, document("a2"));  // its place is taken
    drop_below(p, k_two, document("a"));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from ingest_log where file_name = '" + k_one + "' and status = 'loaded'") == "2");
    CHECK(p.one("select count(*) from ingest_log where file_name = '" + k_two + "' and status = 'duplicate'") == "1");
    p.check_books();
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("F49: a daemon loads directories that are created, filled and moved in while it runs") {
    Pipeline p{target};
    p.config.once = false;
    p.config.recursive = true;
    Scraped daemon{p};
    REQUIRE(daemon.wait_for_log("watches"));
    for (int i = 0; i < 30; ++i)
      drop_below(p, "veh" + std::to_string(i) + "/" + routed("a"), document("a" + std::to_string(i)));
    const std::string built = p.scratch / "built";
    for (int i = 0; i < 100; ++i) {
      fs::create_directories(built + "/x" + std::to_string(i % 9));
      write_file(built + "/x" + std::to_string(i % 9) + "/" + routed(std::to_string(i)),
                 document("b" + std::to_string(i)));
    }
    fs::rename(built, landing_path(p, "built"));
    CHECK(all_settled(p, 130));
    CHECK(daemon.metric("longshore_unread_directories") == 0);
    CHECK(operate(p, {"status", "--recursive"}).exit == 0);
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "130");
    p.check_books();
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("a failed file returns to its directory in landing, corrected, and is loaded") {
    Pipeline p{target};
    p.config.recursive = true;
    drop_below(p, k_one, "[one]");
    drop_below(p, k_two, "[two]");
    CHECK(p.run_once() == Exit::bad_data);
    const Rows places = p.rows("select archive_path from ingest_log order by file_name");
    REQUIRE(places.size() == 2);
    CHECK(places[0].ends_with("/" + k_one));
    CHECK(contains(content_of(p.scratch / (places[0] + ".reason.txt")), "file:    " + k_one));
    write_file(p.scratch / places[0], document("one"));
    fs::remove_all(landing_path(p, "veh1"));
    const auto retried = operate(p, {"retry", "--name", "veh1/*"});
    CHECK_MESSAGE(retried.exit == 0, (retried.out + retried.err));
    CHECK(content_of(landing_path(p, k_one)) == document("one"));
    CHECK(!fs::exists(p.scratch / (places[0] + ".reason.txt")));
    CHECK(fs::exists(p.scratch / places[1]));
    CHECK(p.run_once() == Exit::ok);
    CHECK(statuses(p).back() == k_one + "|loaded");
    p.check_books();
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("skip and release take a file by its path, and replay, log and check accept it") {
    Pipeline p{target};
    p.config.recursive = true;
    p.config.retry_first = p.config.retry_last = 1h;
    drop_below(p, k_one, document("a"));
    drop_below(p, k_two, document("b"));
    p.config.once = false;
    DaemonProcess stopped{p, {.environment = {{"LONGSHORE_CRASH_AT", "after_claim:1"}}}};
    REQUIRE(stopped.wait() == 137);
    CHECK(column(operate(p, {"skip", k_one}), "result") == Rows{"skipped"});
    fs::remove_all(landing_path(p, "veh2"));
    CHECK(column(operate(p, {"release", k_two}), "result") == Rows{"released"});
    CHECK(fs::exists(landing_path(p, k_two)));
    CHECK(column(operate(p, {"release", k_one}), "result") == Rows{"released"});
    CHECK(fs::exists(landing_path(p, k_one)));

    const auto check = [&](const std::string& name) {
      return run_longshore({"check", landing_path(p, name), "--landing", p.config.landing, "--recursive"}).out;
    };
    CHECK(contains(check(k_one), routed("a") + ": loaded"));
    drop_below(p, "day.tmp/x/" + routed("c"), document("c"));
    CHECK(
        contains(check("day.tmp/x/" + routed("c")),
                 ": not touched (objects_detection): the name of its directory day.tmp marks an upload in progress\n"));
    fs::remove_all(landing_path(p, "day.tmp"));
    const auto flat = run_longshore({"check", landing_path(p, k_one), "--landing", p.config.landing});
    CHECK_MESSAGE(contains(flat.out, ": not touched (objects_detection): it is in a directory, and recursive is off\n"),
                  flat.out);
    p.config.once = true;
    CHECK(p.run_once() == Exit::ok);
    CHECK(column(run_longshore({"log", "--name", k_one, "--status", "loaded", "--database", p.config.database}),
                 "file_name") == Rows{k_one});
    const std::string id = p.one("select max(file_id) from ingest_log where file_name = '" + k_two + "'");
    CHECK(operate(p, {"replay", id}).exit == 0);
    p.check_books();
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("verify --repair returns a file of processed/ without a row to its directory") {
    Pipeline p{target};
    p.config.recursive = true;
    drop_below(p, k_one, document("a"));
    CHECK(p.run_once() == Exit::ok);
    const std::string place = p.one("select archive_path from ingest_log");
    const fs::path other = fs::path{p.scratch / place}.parent_path().parent_path() / k_two;
    fs::create_directories(other.parent_path());
    write_file(other, document("b"));
    CHECK(column(operate(p, {"verify"}), "problem") == Rows{"unknown_file"});
    CHECK(operate(p, {"verify", "--repair"}).exit == 0);
    CHECK(fs::exists(landing_path(p, k_two)));
    CHECK(p.run_once() == Exit::ok);
    CHECK(statuses(p).back() == k_two + "|loaded");
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE(
      "F49: after a kill at any step, files in directories are loaded once and archived at their places") {
    for (const char* point :
         {"in_claim:2", "in_claim:40", "after_claim:1", "after_commit:1", "before_move:1", "after_move:1",
          "before_move_together:1", "after_move_together:1", "after_archive_sync:1"}) {
      CAPTURE(point);
      Pipeline p{fresh_like(target)};
      p.config.recursive = true;
      for (int i = 0; i < 80; ++i)
        drop_below(p, "veh" + std::to_string(i % 5) + "/x/" + routed(std::to_string(i)), document(std::to_string(i)));
      drop_below(p, "veh1/" + routed("bad"), "[bad]");
      { DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", point}}}}.wait(); }
      p.run_once();
      CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "80");
      CHECK(p.one("select count(*) from ingest_log") == "81");
      p.check_books();
      check_verify(p);
    }
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "a file in a directory that a process has open returns to it, and is loaded when it is closed") {
    p.config.once = false;
    p.config.recursive = true;
    Running daemon{p};
    drop_below(p, "veh1/" + routed("0"), document("0"));
    CHECK(all_settled(p, 1));
    {
      std::ofstream writer{landing_path(p, ".held")};
      writer << document("a") << std::flush;
      fs::rename(landing_path(p, ".held"), landing_path(p, k_one));
      CHECK(daemon.wait_for_log(k_one + ": a process has it open"));
    }
    CHECK(all_settled(p, 2));
    CHECK(daemon.stop() == 0);
    CHECK(statuses(p).back() == k_one + "|loaded");
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "a feed takes files by their path, and its columns name and path tell the two") {
    ScratchDirectory feeds;
    write_file(feeds / "readings.toml", R"(name = "readings"
files = ["site1/*.json"]
records = [""]
table = "readings"
key = ["id", "place"]
columns = [
  { name = "id", from = "/id", type = "bigint" },
  { name = "source", from = "name", type = "text", max_length = 100 },
  { name = "place", from = "path", type = "text", max_length = 100 },
]
)");
    Pipeline read{sqlite_in(directory), Registry::load(feeds.path())};
    read.config.recursive = true;
    for (const char* name : {"site1/a.json", "site1/x/a.json", "site2/a.json"})
      drop_below(read, name, R"({"id":1})");
    CHECK(read.run_once() == Exit::ok);
    CHECK(read.rows("select source, place from readings order by 2") ==
          Rows{"a.json|site1/a.json", "a.json|site1/x/a.json"});
    CHECK(read.rows("select file_name, status from ingest_log order by 1") ==
          Rows{"site1/a.json|loaded", "site1/x/a.json|loaded", "site2/a.json|unrouted"});
  }

  TEST_CASE_FIXTURE(OnSqlite, "a kernel without openat2 is named at the start, with a remedy") {
    if (!can_inject())
      return;
    p.config.recursive = true;
    drop_below(p, k_one, document("a"));
    DaemonProcess refused{p,
                          {.prefix = {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS"}}};
    CHECK(refused.wait() == 78);
    CHECK_MESSAGE(contains(refused.log(), "recursive: openat2: Function not implemented"), refused.log());
    CHECK(contains(refused.log(), "Linux 5.6"));
    CHECK(fs::exists(landing_path(p, k_one)));
  }

  TEST_CASE_FIXTURE(OnSqlite, "a directory that is replaced by a link is not followed, by the daemon or by a command") {
    p.config.recursive = true;
    drop_below(p, k_one, "[bad]");
    CHECK(p.run_once() == Exit::bad_data);
    const std::string outside = p.scratch / "outside";
    fs::create_directory(outside);
    write_file(outside + "/" + routed("b"), document("b"));
    fs::remove_all(landing_path(p, "veh1"));
    fs::create_directory_symlink(outside, landing_path(p, "veh1"));
    const auto retried = operate(p, {"retry", "1"});
    CHECK(column(retried, "result") == Rows{"taken"});
    CHECK(p.run_once() == Exit::ok);
    CHECK(fs::exists(outside + "/" + routed("b")));
    CHECK(std::distance(fs::directory_iterator{outside}, fs::directory_iterator{}) == 1);
    check_verify(p);
  }

  TEST_CASE_FIXTURE(OnSqlite, "a reload looks into directories, and stops it") {
    p.config.once = false;
    const std::string file = p.scratch / "longshore.toml";
    write_file(file, "");
    drop_below(p, k_one, document("a"));
    Running daemon{p, {.words = {"--config", file}}};
    CHECK(daemon.wait_for_log("1 unread directory in the landing directory"));
    write_file(file, "recursive = true\n");
    daemon.signal(SIGHUP);
    CHECK(all_settled(p, 1));
    write_file(file, "recursive = false\n");
    daemon.signal(SIGHUP);
    CHECK(daemon.wait_for_log("(recursive is off)"));
    CHECK(daemon.stop() == 0);
    CHECK(statuses(p) == Rows{k_one + "|loaded"});
  }
}
