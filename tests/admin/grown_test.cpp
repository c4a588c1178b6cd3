// Files whose archived copy grew after they were loaded, because a process went on writing.
#include "admin/replaying.hpp"
#include "base/digest.hpp"
#include "cli/operating.hpp"
#include "support/each_store.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_first = "2026-01-01T08:00:00Z";
constexpr const char* k_second = "2026-01-01T08:00:01Z";
constexpr const char* k_third = "2026-01-01T08:00:02Z";

std::string line(const std::string& time) { return status("v", time, "driving") + "\n"; }

std::string place_of(Pipeline& p, int file_id) {
  return p.scratch / p.one("select archive_path from ingest_log where file_id = " + std::to_string(file_id));
}

void append(Pipeline& p, int file_id, const std::string& content) {
  std::ofstream{place_of(p, file_id), std::ios::binary | std::ios::app} << content;
}

Lines replay_grown(Pipeline& p, const Ids& ids) {
  Lines left_out;
  for (const admin::LeftOut& file : replay(p, ids, p.registry, false, admin::Copies::as_grown))
    left_out.push_back(file.file_name + ": " + file.reason);
  return left_out;
}

std::string refusal_of(Pipeline& p, const Ids& ids, admin::Copies copies) {
  const Lines before = everything(p);
  try {
    replay(p, ids, p.registry, false, copies);
  } catch (const Error& error) {
    CHECK(everything(p) == before);
    return std::string{error.what()} + "; hint: " + error.hint();
  }
  return "not refused";
}

const char* const k_ledger =
    "select file_id, status, records, rows_loaded, rows_duplicate, duplicate_of, grew_to from ingest_log order by 1";

}  // namespace

TEST_SUITE("replay") {
  TEST_CASE_ON_EACH_STORE("a file that grew is loaded under its own file_id, with its new size and hash") {
    Pipeline p{target};
    const std::string before = line(k_first) + line(k_second);
    load(p, "vehicles_status_1.json", before);
    append(p, 1, line(k_third));

    CHECK(replay_grown(p, {1}).empty());

    CHECK(p.rows(k_ledger) == Lines{"1|loaded|3|3|0|\\N|\\N"});
    const std::string after = before + line(k_third);
    CHECK(p.one("select size_bytes, sha256, attempt from ingest_log") ==
          std::to_string(after.size()) + "|" + Sha256::of(after) + "|2");
    CHECK(p.one("select count(*) from vehicle_status_history where file_id = 1") == "3");
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);
    p.check_books();

    // its new content is unique, as that of any loaded file
    load(p, "vehicles_status_2.json", after);
    CHECK(p.one("select status, duplicate_of from ingest_log where file_id = 2") == "duplicate|1");
  }

  TEST_CASE_ON_EACH_STORE("a file that grew in the middle of a record loses its reject when it is loaded again") {
    Pipeline p{target};
    p.config.grace = std::chrono::milliseconds{0};
    p.drop("vehicles_status_1.json", line(k_first) + line(k_second).substr(0, 40));
    p.run_once();
    CHECK(p.one("select status, rows_rejected from ingest_log") == "partial|1");
    append(p, 1, line(k_second).substr(40));
    CHECK(replay_grown(p, {1}).empty());
    CHECK(p.rows(k_ledger) == Lines{"1|loaded|2|2|0|\\N|\\N"});
    CHECK(p.rows("select * from ingest_rejects").empty());
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a file that grew to the content of another file becomes its duplicate, and no row is lost") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json", line(k_first));
    load(p, "vehicles_status_2.json", line(k_first) + line(k_second));
    append(p, 1, line(k_second));

    CHECK(replay_grown(p, {1}).empty());

    CHECK(p.rows(k_ledger) == Lines{"1|duplicate|0|0|0|2|\\N", "2|loaded|2|2|0|\\N|\\N"});
    CHECK(p.one("select count(*) from vehicle_status_history where file_id = 2") == "2");
    CHECK(p.one("select count(*) from vehicle_status_history") == "2");
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("two files that grew to the same content: one is loaded, the other is its duplicate") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json", line(k_first));
    load(p, "vehicles_status_2.json", line(k_first) + line(k_second));
    append(p, 1, line(k_second) + line(k_third));
    append(p, 2, line(k_third));
    CHECK(replay_grown(p, {1, 2}).empty());
    CHECK(p.rows(k_ledger) == Lines{"1|loaded|3|3|0|\\N|\\N", "2|duplicate|0|0|0|1|\\N"});
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a duplicate that grew is loaded as a file of its own") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json", line(k_first));
    load(p, "vehicles_status_2.json", line(k_first));
    CHECK(p.one("select status from ingest_log where file_id = 2") == "duplicate");
    append(p, 2, line(k_second));
    CHECK(replay_grown(p, {2}).empty());
    CHECK(p.rows(k_ledger) == Lines{"1|loaded|1|1|0|\\N|\\N", "2|loaded|2|1|1|\\N|\\N"});
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a copy that is larger for another reason is not loaded") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json", line(k_first));
    std::ofstream{place_of(p, 1), std::ios::binary} << line(k_second) + line(k_third);
    CHECK(refusal_of(p, {1}, admin::Copies::as_grown)
              .find("its archived copy does not begin with the bytes that were loaded: ") != std::string::npos);
    CHECK(column(operate(p, {"verify"}), "problem") == Lines{"wrong_size"});
  }

  TEST_CASE_ON_EACH_STORE("a replay without --grown refuses a file that grew, and names the option") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json", line(k_first));
    append(p, 1, line(k_second));
    const std::string refusal = refusal_of(p, {1}, admin::Copies::as_loaded);
    CHECK(refusal.find("hint: if a process went on writing it: longshore replay --grown 1; else restore the copy") !=
          std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("verify notes which files grew, and replay --grown loads these, without their ids") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json", line(k_first));
    load(p, "vehicles_status_2.json", line(k_second));
    load(p, "objects_detection_3.json", events(event("a", k_time)));
    append(p, 2, line(k_third));
    CHECK(operate(p, {"replay", "--grown"}).out == "0 files replayed: 0 rows, 0 duplicates, 0 rejects\n");

    const Finished found = operate(p, {"verify"});
    CHECK(found.exit == 65);
    CHECK(column(found, "problem") == Lines{"grown"});
    CHECK(column(found, "file_id") == Lines{"2"});
    CHECK(column(found, "remedy") == Lines{"longshore replay --grown"});
    const std::string size = std::to_string(line(k_second).size());
    const std::string grown = std::to_string(line(k_second).size() + line(k_third).size());
    CHECK(column(found, "detail") ==
          Lines{grown + " bytes, of which the first " + size + " are loaded: a process went on writing it"});
    CHECK(p.one("select status, size_bytes, grew_to from ingest_log where file_id = 2") ==
          "loaded|" + size + "|" + grown);

    const Finished replayed = operate(p, {"replay", "--grown"});
    CHECK(replayed.out == "1 files replayed: 2 rows, 0 duplicates, 0 rejects\n");
    CHECK(operate(p, {"verify", "--rows", "--deep"}).exit == 0);
    CHECK(p.rows("select file_id from ingest_log where grew_to is not null").empty());
    p.check_books();
  }
}
