#include "cli/operating.hpp"
#include "decode/decoding.hpp"
#include "support/backup.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>

using namespace longshore;
using namespace longshore::test;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string good(const std::string& vehicle) { return events(event(vehicle, k_time)); }
// "problem name" of each finding, sorted.
Words findings(const Finished& finished) {
  const auto problems = column(finished, "problem");
  const auto names = column(finished, "file_name");
  Words out;
  for (std::size_t i = 0; i < problems.size(); ++i)
    out.push_back(problems[i] + " " + names[i]);
  std::ranges::sort(out);
  return out;
}

void change(const Pipeline& p, const std::string& sql) {
  store::open(p.target(), store::Access::read_write, "longshore/test")->exec(sql);
}

}  // namespace

TEST_SUITE("verify") {
  TEST_CASE_ON_EACH_STORE(
      "D18: after a restore of the database, verify lists the forgotten files, and --repair loads them again") {
    Pipeline p{target};
    p.config.large_file = 1000;
    p.run_once();
    p.drop("objects_detection_1.json", good("a"));
    p.drop("vehicles_status_1.json", status("a", "2024-01-01T00:00:00Z", "driving"));
    p.drop("objects_detection_2.json", "[oops]");
    p.run_once();
    Backup backup{target};
    CHECK(operate(p, {"retry", "--all"}).exit == 0);
    fs::remove(p.config.landing + "/objects_detection_2.json");
    std::string many;
    for (int i = 0; i < 50; ++i)
      many += (i ? "," : "") + event("large" + std::to_string(i), k_time);
    p.drop("objects_detection_3.json", events(many));
    p.drop("objects_detection_4\n.json", events(event("b", k_time) + ",{}," + event("large7", k_time)));
    p.drop("objects_detection_5.json", good("a"));
    p.drop("vehicles_status_2.json", status("a", "2024-01-02T00:00:00Z", "parking"));
    p.drop("objects_detection_6.json", "[oops again]");
    p.run_once();
    const Words undisturbed = p.data();
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);

    backup.restore();
    CHECK(p.data() != undisturbed);
    const Words forgotten = {"missing_copy objects_detection_2.json",      "unknown_file objects_detection_3.json",
                             "unknown_file objects_detection_4\\x0a.json", "unknown_file objects_detection_5.json",
                             "unknown_file objects_detection_6.json",      "unknown_file vehicles_status_2.json"};
    const auto found = operate(p, {"verify", "--rows"});
    CHECK(found.exit == 65);
    CHECK(findings(found) == forgotten);
    CHECK(found.err == "6 differences: 1 missing_copy, 5 unknown_file\n");
    CHECK(p.files("landing").empty());

    const auto repaired = operate(p, {"verify", "--repair"});
    CHECK(repaired.exit == 65);
    CHECK(findings(repaired) == forgotten);
    CHECK(repaired.err == "2 differences: 1 missing_copy, 1 unknown_file; 4 repaired\n");
    CHECK(p.files("landing").size() == 4);
    CHECK(operate(p, {"verify", "--repair"}).err == "2 differences: 1 missing_copy, 1 unknown_file\n");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.data() == undisturbed);
    CHECK(findings(operate(p, {"verify", "--rows", "--deep"})) ==
          Words{"missing_copy objects_detection_2.json", "unknown_file objects_detection_6.json"});
  }

  TEST_CASE_ON_EACH_STORE("F24 O07: verify reports each kind of difference, and no other") {
    Pipeline p{target};
    p.run_once();
    for (const char* name : {"missing", "size", "content", "rows", "counts", "well", "overwritten", "aside"})
      p.drop("objects_detection_" + std::string{name} + ".json", good(name));
    p.drop("objects_detection_rejects.json", events(event("r", k_time) + ",{}"));
    p.drop("vehicles_status_1.json", status("a", "2024-01-01T00:00:00Z", "driving"));
    p.drop("objects_detection_failed.json", "[oops]");
    p.run_once();
    const auto all = operate(p, {"verify", "--rows", "--deep"});
    CHECK(all.exit == 0);
    CHECK(all.err == "no differences\n");
    CHECK(findings(all).empty());

    const auto path_of = [&](const std::string& name) {
      return fs::path{p.scratch / p.one("select archive_path from ingest_log where file_name = 'objects_detection_" +
                                        name + ".json'")};
    };
    fs::remove(path_of("missing"));
    std::ofstream{path_of("size"), std::ios::app} << "\n";
    std::ofstream{path_of("content")} << good("CONTENT");
    std::ofstream{path_of("failed")} << good("corrected");
    const fs::path aside = path_of("aside").parent_path() /
                           p.one("select claim from ingest_log where file_name = 'objects_detection_aside.json'");
    fs::create_directory(aside);
    fs::rename(path_of("aside"), aside / "objects_detection_aside.json");
    std::ofstream{path_of("well").parent_path() / "objects_detection_stranger.json"} << good("stranger");
    std::ofstream{path_of("failed").parent_path() / "objects_detection_failed2.json"} << "[oops]";
    change(p, "delete from detection_events where vehicle_id = 'rows'");
    change(p, "update ingest_log set rows_duplicate = 5 where file_name = 'objects_detection_counts.json'");
    change(
        p,
        "insert into ingest_rejects (file_id, record_no, field, code, reason) select file_id, 9, 'x', 'value', 'y' from ingest_log "
        "where file_name = 'objects_detection_rejects.json'");
    change(p, "update vehicle_status set status = 'accident'");
    change(p, "insert into vehicle_status select 'unknown', report_time, status, file_id from vehicle_status");
    change(p, "insert into ingest_log (claim, file_name, feed, status, archive_path) values "
              "('c', 'objects_detection_old.json', 'objects_detection', 'loaded', 'processed/2001-01-01/x.json')");
    change(p, "insert into ingest_log (claim, file_name, feed, status) values "
              "('c', 'objects_detection_loading.json', 'objects_detection', 'loading')");

    const Words wanted = {"counts objects_detection_counts.json",
                          "grown objects_detection_size.json",
                          "latest ",
                          "latest ",
                          "missing_copy objects_detection_missing.json",
                          "missing_day ",
                          "rejects objects_detection_rejects.json",
                          "rows objects_detection_rows.json",
                          "stale_loading objects_detection_loading.json",
                          "unknown_file objects_detection_failed2.json",
                          "unknown_file objects_detection_stranger.json",
                          "wrong_content objects_detection_content.json",
                          "wrong_place objects_detection_aside.json",
                          "wrong_size objects_detection_failed.json"};
    const auto damaged = operate(p, {"verify", "--rows", "--deep"});
    CHECK(damaged.exit == 65);
    CHECK(findings(damaged) == wanted);
    const std::string failed = p.one("select file_id from ingest_log where status = 'failed'");
    CHECK_MESSAGE(damaged.out.find("\tif it was corrected: longshore retry " + failed + "\n") != std::string::npos,
                  damaged.out);
    CHECK(column(operate(p, {"verify", "--limit", "2", "--json"}), "x").size() == 1);
    CHECK(findings(operate(p, {"verify", "--rows", "--feed", "vehicles_status"})) == Words{"latest ", "latest "});
    CHECK(findings(operate(p, {"verify", "--since", "2100-01-01"})).size() == 3);

    CHECK(operate(p, {"verify", "--repair"}).exit == 65);
    const auto left = findings(operate(p, {"verify"}));
    CHECK(std::ranges::count(left, "wrong_place objects_detection_aside.json") == 0);
    CHECK(std::ranges::count(left, "unknown_file objects_detection_stranger.json") == 0);
    CHECK(path_of("aside") == aside / "objects_detection_aside.json");
    CHECK(p.files("landing") == Words{"objects_detection_stranger.json"});
    CHECK(p.run_once() == Exit::ok);
  }

  TEST_CASE_ON_EACH_STORE("O07: with --since, verify ignores old rows that were deleted") {
    Pipeline p{target};
    p.run_once();
    const std::string old = "2021-01-01T00:00:00Z";
    p.drop("objects_detection_old.json", events(event("a", old)));
    p.drop("objects_detection_both.json", events(event("b", old) + "," + event("b", k_time)));
    p.drop("objects_detection_new.json", good("c"));
    p.drop("objects_detection_lost.json", good("d"));
    p.drop("vehicles_status_old.json", status("a", old, "parking"));
    p.drop("vehicles_status_new.json", status("b", k_time, "driving"));
    p.run_once();
    change(p, "delete from detection_events where detection_time < '2022-01-01'");
    change(p, "delete from vehicle_status_history where report_time < '2022-01-01'");
    CHECK(findings(operate(p, {"verify", "--rows"})) == Words{"latest ", "rows objects_detection_both.json",
                                                              "rows objects_detection_old.json",
                                                              "rows vehicles_status_old.json"});
    const auto kept = operate(p, {"verify", "--rows", "--since", "2022-01-01"});
    CHECK(kept.exit == 0);
    CHECK(kept.err == "no differences; not compared, because some of their rows may be older than --since: 1 file\n");
    CHECK(findings(operate(p, {"verify", "--rows", "--since", "1000000d"})).size() == 4);

    change(p, "delete from detection_events where vehicle_id = 'd'");
    change(p, "update vehicle_status set status = 'accident'");
    change(p, "update detection_events set file_id = 99 where vehicle_id = 'b'");
    CHECK(findings(operate(p, {"verify", "--rows", "--since", "2022-01-01"})) ==
          Words{"latest ", "rows ", "rows objects_detection_lost.json"});
    change(p, "update detection_events set file_id = (select file_id from ingest_log where file_name like '%old.json' "
              "and feed = 'objects_detection')");
    CHECK(findings(operate(p, {"verify", "--rows", "--since", "2022-01-01"})) ==
          Words{"latest ", "rows objects_detection_lost.json", "rows objects_detection_new.json",
                "rows objects_detection_old.json"});
  }

  TEST_CASE("--since reports no difference if `newest` is not a time, or if the time column is newer than the files") {
    const std::string docs = R"(
name = "docs"
files = ["docs_*"]
records = [""]
table = "docs"
columns = [
  { name = "unit", from = "/unit", type = "text" },
  { name = "at",   from = "/at",   type = "timestamp" },
  { name = "seq",  from = "/seq",  type = "bigint" },
]
)";
    const std::string lines = R"({"unit":"u","at":"2021-01-01T00:00:00Z","seq":5}
{"unit":"u","at":"2022-06-01T00:00:00Z","seq":3}
)";
    on_each_store([&](const store::Target& target) {
      const ScratchDirectory feeds;
      const auto declare = [&](const std::string& more) { std::ofstream{feeds / "docs.toml"} << docs << more; };
      const auto verify = [&](const Pipeline& p) {
        return operate(p, {"verify", "--rows", "--since", "2022-01-01", "--feeds", feeds.path()});
      };

      declare("key = [\"unit\", \"at\"]\nlatest = { table = \"docs_now\", key = [\"unit\"], newest = \"seq\" }\n");
      Pipeline ranked{fresh_like(target), Registry::load(feeds.path())};
      ranked.drop("docs_1", lines);
      ranked.run_once();
      CHECK(ranked.one("select seq from docs_now") == "5");
      CHECK(verify(ranked).err ==
            "no differences; not compared, because some of their rows may be older than --since: 1 file\n");

      declare("key = [\"unit\", \"seq\"]\n");
      Pipeline timeless{fresh_like(target), Registry::load(feeds.path())};
      timeless.drop("docs_1", lines);
      timeless.run_once();
      CHECK(verify(timeless).err == "no differences\n");
      declare("key = [\"unit\", \"seq\"]\nlatest = { table = \"docs_now\", key = [\"unit\"], newest = \"at\" }\n");
      Pipeline{timeless.target(), Registry::load(feeds.path())}.run_once();
      // the new table was filled from the history
      CHECK(verify(timeless).err ==
            "no differences; not compared, because some of their rows may be older than --since: 1 file\n");
    });
  }

  TEST_CASE_ON_EACH_STORE("verify reports what a dead daemon left, and the next start removes the difference") {
    for (const bool committed : {false, true}) {
      Pipeline p{fresh_like(target)};
      p.run_once();
      p.drop("objects_detection_1.json", good("a"));
      {
        DaemonProcess daemon{p,
                             {.environment = {{"LONGSHORE_CRASH_AT", committed ? "before_move:1" : "after_claim:1"}}}};
        CHECK(daemon.wait() == 137);
      }
      Words wanted = {"left_over objects_detection_1.json"};
      if (committed)
        wanted.push_back("not_moved objects_detection_1.json");
      CHECK(findings(operate(p, {"verify"})) == wanted);
      p.run_once();
      CHECK(operate(p, {"verify", "--rows"}).exit == 0);
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "D18: two forgotten files with one name return to landing one after the other, and neither is replaced") {
    Pipeline p{target};
    p.run_once();
    Backup backup{target};
    for (const char* vehicle : {"a", "b"}) {
      p.drop("objects_detection_1.json", good(vehicle));
      p.run_once();
    }
    const Words undisturbed = p.data();
    backup.restore();
    const auto first = operate(p, {"verify", "--repair"});
    CHECK(first.exit == 65);
    CHECK(first.err == "1 difference: 1 unknown_file; 1 repaired\n");
    p.run_once();
    CHECK(operate(p, {"verify", "--repair"}).exit == 0);
    p.run_once();
    CHECK(p.data() == undisturbed);
    CHECK(operate(p, {"verify", "--rows"}).exit == 0);
  }

  TEST_CASE_ON_EACH_STORE("verify reports no false difference beside a daemon that loads many files") {
    Pipeline p{target};
    p.run_once();
    p.config.once = false;
    p.config.batch_files = 5;
    DaemonProcess daemon{p};
    REQUIRE(daemon.wait_for_log("watches"));
    int dropped = 0;
    for (int round = 0; round < 8; ++round) {
      for (int i = 0; i < 30; ++i, ++dropped)
        p.drop("objects_detection_" + std::to_string(dropped) + ".json", good("v" + std::to_string(dropped)));
      const auto finished = operate(p, {"verify", "--rows"});
      CHECK_MESSAGE(finished.exit == 0, finished.out << finished.err);
    }
    CHECK(eventually([&] { return p.files("processed").size() == static_cast<std::size_t>(dropped); }));
    CHECK(daemon.stop() == 0);
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);
  }

  TEST_CASE("verify fails without tables and without a database") {
    const ScratchDirectory scratch;
    Pipeline p{{store::Engine::sqlite, scratch / "fleet.db"}};
    CHECK(operate(p, {"verify"}).exit == 78);
    p.config.database = "host=127.0.0.1 port=1 dbname=d user=u";
    CHECK(operate(p, {"verify"}).exit == 69);
    CHECK(operate(p, {"verify", "--feed", "nothing"}).exit == 64);
  }
}
