// keep_processed and keep_failed: old files leave the archive, and the ledger knows them for ever.
#include "base/fd.hpp"
#include "housekeeping/keeping.hpp"
#include "support/each_store.hpp"
#include "support/readings.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::hours k_month{24 * 30};
const std::string k_name = routed("1");
const std::string k_place = "2020-01-01/" + k_name;

}  // namespace

TEST_SUITE("housekeeping") {
  TEST_CASE_ON_EACH_STORE("a loaded file older than keep_processed is removed, its rows stay, and verify agrees") {
    Pipeline p{target};
    load_old(p, k_name, document("v", 3));
    const std::string before = p.one("select status, sha256, records, rows_loaded, archive_path from ingest_log");
    p.drop(routed("young"), document("w"));
    p.config.keep_processed = k_month;

    p.run_once();

    CHECK(p.rows(k_purged) == Words{"1"});
    CHECK(p.one("select status, sha256, records, rows_loaded, archive_path from ingest_log where file_id = 1") ==
          before);
    CHECK(archived(p).size() == 1);  // the young one
    CHECK_FALSE(fs::exists(p.scratch / ("processed/" + k_old_day)));
    CHECK(p.one("select count(*) from detection_events") == "4");
    check_verify(p);
    CHECK(p.one("select task, cause, state, error from ingest_task_runs") ==
          "purge_processed|housekeeping|succeeded|\\N");
    CHECK(p.one("select result from ingest_task_runs") ==
          R"({"files":1,"bytes":)" + std::to_string(document("v", 3).size()) + R"(,"rows":0})");

    // its content is still known
    p.drop(routed("again"), document("v", 3));
    p.run_once();
    CHECK(p.one("select status, duplicate_of from ingest_log where file_id = 3") == "duplicate|1");
  }

  TEST_CASE_ON_EACH_STORE("a failed file older than keep_failed is removed with its reason and its directory") {
    Pipeline p{target};
    load_old(p, k_name, "[oops");
    load_old(p, routed("good"), document("v"));
    CHECK(archived(p, "failed").size() == 2);
    p.config.keep_failed = k_month;

    p.run_once();

    CHECK(p.rows(k_purged) == Words{"1"});
    CHECK(archived(p, "failed").empty());
    CHECK(p.one("select task, state, result from ingest_task_runs") ==
          R"(purge_failed|succeeded|{"files":1,"bytes":5,"rows":0})");
    CHECK_FALSE(fs::exists(p.scratch / ("failed/" + k_old_day)));
    CHECK(archived(p).size() == 1);
    check_verify(p);
    const auto retried = operate(p, {"retry", "1"});
    CHECK(retried.exit == 75);
    CHECK(column(retried, "result") == Words{"gone"});
    CHECK(column(retried, "detail")[0].find("its copy was purged on ") == 0);
  }

  TEST_CASE_ON_EACH_STORE("a failed file that somebody has edited counts from its mtime") {
    Pipeline p{target};
    load_old(p, k_name, "[oops");
    const std::string place = p.scratch / p.one("select archive_path from ingest_log");
    std::ofstream{place} << document("v");
    p.config.keep_failed = k_month;
    p.run_once();
    CHECK(p.rows(k_purged).empty());
    fs::last_write_time(place, fs::file_time_type::clock::now() + k_month);  // in the future
    p.run_once();
    CHECK(p.rows(k_purged).empty());
    CHECK(archived(p, "failed").size() == 2);
    fs::last_write_time(place, fs::file_time_type::clock::now() - 2 * k_month);
    p.run_once();
    CHECK(p.rows(k_purged) == Words{"1"});
    CHECK(archived(p, "failed").empty());
  }

  TEST_CASE_ON_EACH_STORE("a failed file that nobody has edited counts from the end of its load, whatever its mtime") {
    Pipeline p{target};
    p.drop(k_name, "[oops");
    p.run_once();
    const auto path = [&] { return p.scratch / p.one("select archive_path from ingest_log"); };
    const auto mtime = fs::last_write_time(path());
    make_old(p);
    fs::last_write_time(path(), mtime);
    p.config.keep_failed = k_month;
    p.run_once();
    CHECK(p.rows(k_purged) == Words{"1"});
    CHECK(archived(p, "failed").empty());
  }

  TEST_CASE_ON_EACH_STORE("two archives with one database and a file at the same place remove nothing there") {
    Pipeline p{target};
    Pipeline other{target};
    p.drop(k_name, document("v", 100));
    p.run_once();
    other.drop(k_name, document("w", 100));
    other.run_once();
    make_old(p);
    make_old(other);
    REQUIRE(p.rows("select distinct archive_path from ingest_log") == Words{"processed/" + k_place});
    for (Pipeline* const archive : {&p, &other}) {
      archive->config.keep_processed = k_month;
      archive->config.compress_processed = k_month;
      DaemonProcess daemon{*archive};
      CHECK(daemon.wait() == 0);
      CHECK(
          daemon.log().find("processed/2020-01-01/: 1 files stay, because several ledger rows name the place of each; "
                            "hint: keep_processed needs a database of its own for each archive") != std::string::npos);
      CHECK(archived(*archive) == Words{k_place});
    }
    CHECK(p.rows(k_purged).empty());
  }

  TEST_CASE_ON_EACH_STORE("a loaded file that was changed without a change of its size stays") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    write_file(p.scratch / ("processed/" + k_place), document("w"));
    p.config.keep_processed = k_month;
    DaemonProcess daemon{p};
    CHECK(daemon.wait() == 0);
    CHECK(
        daemon.log().find("1 files stay, because their size or content differs from the ledger; hint: longshore verify "
                          "--deep") != std::string::npos);
    CHECK(archived(p) == Words{k_place});
    CHECK(p.rows(k_purged).empty());
  }

  TEST_CASE_ON_EACH_STORE("nothing is removed before its time, and nothing without a setting") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    p.run_once();
    CHECK(archived(p) == Words{k_place});
    CHECK_FALSE(fs::exists(p.scratch / "processed/.housekeeping.lock"));
    p.config.keep_processed = std::chrono::hours{24 * 365 * 90};
    p.run_once();
    CHECK(archived(p) == Words{k_place});
    CHECK(p.rows(k_purged).empty());
  }

  TEST_CASE_ON_EACH_STORE("F46: a purge that dies between ledger and unlink is completed by the next round") {
    for (const std::string point : {"purge_recorded:1", "purge_unlinks:1"})
      for (const std::string shelf : {"processed", "failed"}) {
        INFO(point << " " << shelf);
        Pipeline p{fresh_like(target)};
        load_old(p, k_name, shelf == "failed" ? "[oops" : document("v"));
        p.config.keep_processed = p.config.keep_failed = k_month;
        REQUIRE(keep_house(p, point) == 137);
        CHECK(p.rows(k_purged) == Words{"1"});
        CHECK_FALSE(archived(p, shelf).empty());
        const auto verified = operate(p, {"verify", "--deep", "--repair"});
        CHECK_MESSAGE(verified.err == "no differences\n", verified.out);
        CHECK(p.files("landing").empty());
        CHECK(keep_house(p) == 0);
        CHECK(archived(p, shelf).empty());
        check_verify(p);
      }
  }

  TEST_CASE_ON_EACH_STORE("a file that grew, that a process has open, or that no row names stays") {
    Pipeline p{target};
    for (const char* name : {"grown", "noted", "open", "plain"})
      p.drop(routed(name), document(name));
    p.run_once();
    make_old(p);
    const auto path = [&](const std::string& name) { return p.scratch / ("processed/2020-01-01/" + routed(name)); };
    std::ofstream{path("grown"), std::ios::app} << "\n";
    change(p, "update ingest_log set grew_to = 1000 where file_name = '" + routed("noted") + "'");
    write_file(path("unknown"), document("unknown"));
    const Fd open{::open(path("open").c_str(), O_WRONLY | O_CLOEXEC)};
    p.config.keep_processed = k_month;
    DaemonProcess daemon{p};
    CHECK(daemon.wait() == 0);
    CHECK(daemon.log().find(
              "processed/2020-01-01/: 1 files stay, because their size or content differs from the ledger") !=
          std::string::npos);
    CHECK(archived(p) == Words{"2020-01-01/" + routed("grown"), "2020-01-01/" + routed("noted"),
                               "2020-01-01/" + routed("open"), "2020-01-01/" + routed("unknown")});
    CHECK(p.rows("select file_name from ingest_log where purged_at is not null") == Words{routed("plain")});
  }

  TEST_CASE_ON_EACH_STORE("F46: another file at the place of a purged one is not removed, and verify loads it") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    p.config.keep_processed = k_month;
    p.run_once();
    fs::create_directories(p.scratch / ("processed/" + k_old_day));
    write_file(p.scratch / ("processed/" + k_place), document("forgotten"));  // of a database that was restored
    p.run_once();
    CHECK(archived(p) == Words{k_place});
    const auto verified = operate(p, {"verify", "--repair"});
    CHECK(column(verified, "problem") == Words{"unknown_file"});
    CHECK(p.files("landing") == Words{k_name});
    p.config.keep_processed = std::chrono::milliseconds{0};
    p.run_once();
    CHECK(p.rows("select status, purged_at is null from ingest_log order by file_id") ==
          (target.engine == store::Engine::sqlite ? Words{"loaded|0", "loaded|1"} : Words{"loaded|0", "loaded|1"}));
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE(
      "a file that another process of longshore has locked, and an archive with a housekeeper, wait") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    p.config.keep_processed = k_month;
    for (const std::string& path : {"processed/" + k_place, std::string{"processed/.housekeeping.lock"}}) {
      const Fd file{::open((p.scratch / path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
      REQUIRE(::flock(file.get(), LOCK_EX) == 0);
      p.run_once();
      CHECK(p.rows(k_purged).empty());
      CHECK(archived(p) == Words{k_place});
    }
    p.run_once();
    CHECK(p.rows(k_purged) == Words{"1"});
  }

  TEST_CASE_ON_EACH_STORE("a purged file cannot be replayed without a copy, and the message says which way there is") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    p.config.keep_processed = k_month;
    p.run_once();
    const auto replayed = operate(p, {"replay", "1"});
    CHECK(replayed.exit == 65);
    CHECK(replayed.err.find("cannot be replayed: its archived copy was purged on 20") != std::string::npos);
    CHECK(replayed.err.find("longshore replay 1 --copy PATH") != std::string::npos);
    const auto listed = run_longshore({"log", "--json", "--database", p.config.database});
    CHECK(listed.out.find("\"purged_at\":\"20") != std::string::npos);
    CHECK(p.one("select count(*) from detection_events") == "1");
  }

  TEST_CASE_ON_EACH_STORE("F46: a clock that is years ahead of the newest file removes nothing") {
    Pipeline p{target};
    load_old(p, k_name, document("v"));
    change(p, "update ingest_log set started_at = '2020-01-01T12:00:00Z'");
    p.config.keep_processed = k_month;
    p.run_once();
    CHECK(archived(p) == Words{k_place});
    CHECK(p.rows(k_purged).empty());
    // a file that was begun by this clock within a day does not confirm it
    p.drop(routed("young"), document("w"));
    p.run_once();
    CHECK(archived(p).size() == 2);
    const auto session = store::open(target, store::Access::read_write, "longshore/tests");
    add_file_of_yesterday(*session);
    p.run_once();
    CHECK(p.rows(k_purged) == Words{"1"});
    CHECK(archived(p).size() == 1);
  }

  TEST_CASE_ON_EACH_STORE("a running daemon purges and loads, and stops at once") {
    Pipeline p{target};
    for (int i = 0; i < 300; ++i)
      p.drop(routed(std::to_string(i)), document("v" + std::to_string(i)));
    p.run_once();
    make_old(p);
    p.config.once = false;
    p.config.keep_processed = k_month;
    Running daemon{p};
    p.drop(routed("new"), document("new"));
    CHECK(eventually([&] { return archived(p).size() == 1; }));
    CHECK(all_settled(p, 301));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where purged_at is not null") == "300");
    check_verify(p);
  }
}
