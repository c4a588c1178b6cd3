// The command longshore replay. tests/admin/replay_test.cpp tests what a replay does to the tables.
#include "cli/run_program.hpp"
#include "decode/decoding.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/pipeline.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

using namespace longshore;
using namespace longshore::test;

namespace {

Finished replay(const Pipeline& p, std::vector<std::string> words,
                const std::map<std::string, std::string>& environment = {}) {
  words.insert(words.begin(), {"replay", "--database", p.config.database, "--landing", p.config.landing});
  return run_longshore(words, environment);
}

// Files 1 and 2 share a row; 3 is partial, 4 failed, 5 a duplicate of 1.
void fill(Pipeline& p) {
  const auto load = [&](int number, const std::string& content) {
    p.drop("objects_detection_" + std::to_string(number) + ".json", content);
    p.run_once();
  };
  const std::string first = events(event("a", k_time) + "," + event("b", k_time));
  load(1, first);
  load(2, events(event("b", k_time)));
  load(3, events(event("c", k_time) + ",{}"));
  load(4, "[nonsense]");
  load(5, first);
}

}  // namespace

TEST_SUITE("replay") {
  TEST_CASE_ON_EACH_STORE("replay selects files by id, name, feed or status, and prints the counts") {
    Pipeline p{target};
    fill(p);
    const auto attempts = [&] { return p.rows("select attempt from ingest_log order by file_id"); };
    using Lines = std::vector<std::string>;

    Finished done = replay(p, {"1"});
    CHECK(done.exit == 0);
    CHECK(done.out == "2 files replayed: 2 rows, 1 duplicates, 0 rejects\n");
    CHECK(attempts() == Lines{"2", "2", "1", "1", "1"});
    CHECK(replay(p, {"--status", "partial"}).exit == 0);
    CHECK(attempts() == Lines{"2", "2", "2", "1", "1"});
    CHECK(replay(p, {"--name", "*_2.json", "--since", "1h"}).exit == 0);
    CHECK(attempts() == Lines{"2", "3", "2", "1", "1"});
    done = replay(p, {"--feed", "objects_detection"});
    CHECK(done.exit == 0);
    CHECK(done.out == "3 files replayed: 3 rows, 1 duplicates, 1 rejects\n");
    CHECK(attempts() == Lines{"3", "4", "3", "1", "1"});
    done = replay(p, {"--feed", "vehicles_status"});
    CHECK(done.exit == 0);
    CHECK(done.out == "0 files replayed: 0 rows, 0 duplicates, 0 rejects\n");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a dry run lists the files of each transaction, and changes nothing") {
    Pipeline p{target};
    fill(p);
    p.config.batch_files = 1;
    Finished done = replay(p, {"--dry-run", "--batch-files", "1", "1", "3"});
    CHECK(done.exit == 0);
    CHECK(tab_lines(done.out) ==
          std::vector<std::vector<std::string>>{{"id", "file", "status", "why", "transaction"},
                                                {"1", "objects_detection_1.json", "loaded", "selected", "1"},
                                                {"2", "objects_detection_2.json", "loaded", "shares rows", "1"},
                                                {"3", "objects_detection_3.json", "partial", "selected", "2"}});
    std::filesystem::remove(p.scratch / p.one("select archive_path from ingest_log where file_id = 2"));
    done = replay(p, {"--dry-run", "1"});
    CHECK(done.exit == 65);
    CHECK(done.out.find("left out\tits archived copy does not exist") != std::string::npos);
    CHECK(p.one("select max(attempt) from ingest_log") == "1");
  }

  TEST_CASE_ON_EACH_STORE("a file without rows is refused, with a hint") {
    Pipeline p{target};
    fill(p);
    const auto refused = [&](const std::vector<std::string>& words, const std::string& text, int exit = 64) {
      const Finished done = replay(p, words);
      CHECK(done.exit == exit);
      CHECK(done.out.empty());
      CHECK_MESSAGE(done.err.find(text) != std::string::npos, done.err);
    };
    refused(
        {"4"},
        "file 4 (objects_detection_4.json) has no rows to replace: it is failed\nhint: it was never loaded: correct it "
        "in failed/, then longshore retry 4\n");
    refused({"1", "5"}, "has no rows to replace: it is duplicate");
    refused({"6"}, "the ledger has no file 6");
    refused({"objects_detection_1.json"},
            "is not a file_id\nhint: longshore log shows file_ids; --name selects by name");
    refused({}, "no files selected");
    refused({"1", "--feed", "objects_detection"}, "FILE_IDs cannot be combined with --feed");
    refused({"--feed", "objects"}, "unknown feed \"objects\"");
    std::filesystem::remove(p.scratch / p.one("select archive_path from ingest_log where file_id = 2"));
    refused(
        {"1"},
        "hint: restore the copy, or give one with the same sha256: longshore replay 2 --copy PATH; to continue without it: longshore replay --feed objects_detection --keep-going",
        65);
    CHECK(p.one("select max(attempt) from ingest_log") == "1");

    const Finished done = replay(p, {"--feed", "objects_detection", "--keep-going"});
    CHECK(done.exit == 65);
    CHECK(done.out == "1 files replayed: 1 rows, 0 duplicates, 1 rejects\n");
    CHECK(done.err.find("objects_detection_2.json: not replayed: file 2: its archived copy does not exist") !=
          std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("D24 S01: replay waits for another writer, and logs it") {
    Pipeline p{target};
    fill(p);
    const Finished done = replay(p, {"1"}, {{"LONGSHORE_FAIL_AT", "after_take_out:1-2=contention"}});
    CHECK(done.exit == 0);
    CHECK(done.err.find("waiting for other writers of the database") != std::string::npos);
    CHECK(p.one("select attempt from ingest_log where file_id = 1") == "2");
  }

  TEST_CASE("D24: replay waits for a running load, and replays the files that share its rows") {
    Pipeline p{fresh_database()};
    fill(p);
    const auto other = store::open(p.target(), store::Access::read_write, "longshore/test");
    other->begin();
    other->exec("update detection_events set file_id = file_id where file_id = 1");  // locks the table as a loader does
    auto replayed = std::async(std::launch::async, [&] { return replay(p, {"1"}); });
    CHECK(eventually([&] {
      return p.one("select count(*) from pg_locks where not granted and relation = 'detection_events'::regclass") ==
             "1";
    }));
    // now file 3 shares rows with file 1
    other->exec("insert into ingest_overlap (file_id, holder_file_id, rows) values (3, 1, 1)");
    other->commit();
    CHECK(replayed.get().exit == 0);
    CHECK(p.rows("select attempt from ingest_log order by file_id") ==
          std::vector<std::string>{"2", "2", "2", "1", "1"});
    p.check_books();
  }

  TEST_CASE("X10: the operator's role may replay, the daemon's role may not") {
    PostgresServer server;
    server.start();
    Pipeline p{server.fresh_database()};
    fill(p);
    const auto superuser = store::open(p.target(), store::Access::read_write, "longshore/test");
    server.run_script(source("schema/roles.sql"), p.one("select current_database()"));
    superuser->exec_script(
        "create role writer login in role longshore_writer; create role operator_1 login in role longshore_operator");
    const auto replay_as = [&](const std::string& role) {
      return run_longshore(
          {"replay", "1", "--database", p.config.database + " user=" + role, "--landing", p.config.landing});
    };
    Finished done = replay_as("writer");
    CHECK(done.exit == 78);
    CHECK_MESSAGE(done.err.find("permission denied for table") != std::string::npos, done.err);
    CHECK(p.one("select max(attempt) from ingest_log") == "1");
    done = replay_as("operator_1");
    CHECK_MESSAGE(done.exit == 0, done.err);
  }
}
